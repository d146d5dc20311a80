"""What calls of models cost: by whom, compared with the time before and with providers' bills."""
