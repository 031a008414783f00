"""What each `mirante` command does, one module a command or group."""
