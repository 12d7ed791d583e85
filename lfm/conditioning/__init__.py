"""What feedback conditioning has besides what it shares with ILF (:mod:`lfm.refining`)."""
