# What people type here; `just` lists it. What each tier of tests takes is in CONTRIBUTING.md.

_list:
    @just --list --unsorted

# The programs, as they are installed
build:
    . deploy/remap && cargo build --release --all-features --bins

# Tests while you work: just test, just test rules
test *ARGS:
    cargo test {{ARGS}}

# naqd for JavaScript: the npm package, and a page that uses it
wasm:
    bindings/wasm/build

# Every change: format, clippy, wings, unit and program tests
fast:
    .ci/fast

# Before a change lands: the fast tier, README, features alone, real clients, package
landing:
    .ci/landing

# Before a release: all there is
release:
    .ci/release

# Texts that users see, stored anew; then read the difference in git
snapshots:
    INSTA_UPDATE=always cargo test --all-features snapshots

# Documentation of the library, in a browser
docs:
    cargo doc --no-deps --all-features --open

# Licences of the dependencies, written anew
licences:
    docs/licences

# Fuzz targets: just fuzz [SECONDS [TARGET...]]
fuzz *ARGS:
    fuzz/run {{ARGS}}

# Clients of Perspective and Coral that others wrote, against the server
clients:
    tests/clients/run

# Hostile connections: just hostile --seconds 600
hostile *ARGS: build
    python3 tests/hostile.py {{ARGS}}

# The Python module: just python, just python -k forms, just python --release
python *ARGS:
    bindings/python/test {{ARGS}}

# The WordPress plugin in a real WordPress: just wordpress; as root, on Debian
wordpress *ARGS:
    tests/wordpress/plugin {{ARGS}}

# The Debian package: just package [--try]
package *ARGS:
    deploy/package {{ARGS}}

# The shipped model: just model CORPORA, just model --own
model *ARGS:
    models/rebuild {{ARGS}}

# Behaviour of a model, function by function: just behaviour --model mine.naqd
behaviour *ARGS:
    cargo run --release --example behaviour -- {{ARGS}}

# Against scikit-learn, fastText, Vowpal Wabbit and liblinear: just bench-peers [--quick] CSV...
bench-peers *ARGS:
    benches/peers/run {{ARGS}}

# Disguises: just bench-evasion CORPORA
bench-evasion *ARGS:
    benches/evasion/run {{ARGS}}

# Load on the server: just bench-serve [SECONDS]
bench-serve *ARGS:
    benches/serve/run {{ARGS}}

# Time of the parts of scoring
bench-parts *ARGS:
    cargo bench --bench parts -- {{ARGS}}

# Training on ever more comments
bench-growth *ARGS:
    cargo bench --bench growth -- {{ARGS}}

# Solvers of the sparse layer: just bench-solvers CORPUS.csv...
bench-solvers *ARGS:
    cargo bench --bench solvers -- {{ARGS}}

# How well promised errors hold
bench-promises *ARGS:
    cargo bench --bench promises -- {{ARGS}}

# Own comments on top of another model, and from nothing: just bench-prior CORPUS.csv --model MODEL.naqd
bench-prior *ARGS:
    cargo bench --bench prior -- {{ARGS}}

# Scoring an archive with Spark: just spark ARCHIVE OUT, just spark --check
spark *ARGS:
    examples/spark/run {{ARGS}}
