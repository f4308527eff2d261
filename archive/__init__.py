"""The store and everything done with it, the command line included."""
