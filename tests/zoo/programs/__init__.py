"""The programs of the zoo, one module for each subject."""
