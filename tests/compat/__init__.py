"""What earlier versions wrote, and what they could read: held against the present code in both directions."""
