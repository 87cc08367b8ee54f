"""Documents as their recipients see them: PDF, e-invoice, and the files that were stored."""
