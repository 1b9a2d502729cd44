"""What benchmarks/run and benchmarks/report are made of. Only Debian's python3 and python3-matplotlib are needed."""
