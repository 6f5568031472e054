"""What the app's tests are built of."""
