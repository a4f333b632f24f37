# Each line calls the real tool; run.py prepares the environment when it must.
.PHONY: install test lint content serve docs bench mutation

install: ; python3 run.py --help > /dev/null
test:    ; python3 run.py test
lint:    ; python3 run.py test lint
content: ; python3 run.py content check
serve:   ; python3 run.py serve
docs: install ; .venv/bin/sphinx-build -W -b html docs docs/_build/html
bench:   ; python3 run.py test bench
mutation: ; python3 run.py test mutation
