"""What :mod:`lfm.doctor` looks at: software, machine, tasks, and an endpoint."""
