"""Drives the real naru with real clients, on loopback addresses or in network namespaces of its own."""
