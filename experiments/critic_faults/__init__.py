"""What becomes of a critic's windows when everything between it and the server goes wrong."""
