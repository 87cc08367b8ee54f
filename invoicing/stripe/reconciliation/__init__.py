"""Once a day ours and Stripe's are laid side by side: what is safe is repaired, all else is shown to a person."""
