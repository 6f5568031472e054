"""What `setup.py` needs of this machine, one module per tool. Standard library only."""
