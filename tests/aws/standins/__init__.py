"""Stand-ins for services that no emulator has: wire-true at the door, invented and deterministic behind it."""
