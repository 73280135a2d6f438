"""`stellwerk work route`, with faults at exact moments where the campaign orders them."""
