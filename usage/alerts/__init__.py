"""Alerts: thresholds that were passed, told once to those who should know."""
