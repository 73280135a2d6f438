"""What each kind of command does to a ticket: one file per kind, each `(Given) -> Effect | Refusal`."""
