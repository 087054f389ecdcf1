"""`python -m logstream` is the `logstream` command."""

from logstream.cli import main

if __name__ == "__main__":
    main()
