"""The detailed feedback model beside the plain one, on the same labels."""
