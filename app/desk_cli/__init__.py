"""The `deskbell` command: try it all here, serve the app for a project, build it for a device."""
