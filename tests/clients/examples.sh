#!/usr/bin/env bash
# The examples for sites without WordPress, against the server of tests/clients/run: decisions, a server that is away, one that
# hangs, one that answers drop by drop, one that answers something else.
set -euo pipefail
cd "$(dirname "$0")/../.."

hanging=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
python3 -c "import socket, time; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', $hanging)); s.listen(9); time.sleep(60)" &
hangs=$!
dripping=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
python3 -c "if True:
    import socket, time
    server = socket.create_server(('127.0.0.1', $dripping))
    while True:
        reader = server.accept()[0]
        reader.send(b'HTTP/1.1 200 OK\\r\\nContent-Length: 999\\r\\n\\r\\n')
        try:
            for _ in range(60):
                reader.send(b' ')
                time.sleep(0.2)
        except OSError:
            pass" &
trap 'kill $hangs $! 2>/dev/null || true' EXIT
sleep 0.5

is() {
    local wanted=$1 url=$2 text=$3 got start=$SECONDS
    for command in "php examples/comment.php" "node examples/comment.mjs"; do
        got=$(NAQD_URL=$url $command "$text")
        [ "$got" = "$wanted" ] || { echo "$command at $url: $got, wanted $wanted" >&2; exit 1; }
    done
    [ $((SECONDS - start)) -le 6 ] || { echo "$url: too slow" >&2; exit 1; }
}
is publish "$NAQD_URL" 'شكرا على هذا التقرير'
is reject "$NAQD_URL" 'أنت كلب حقير يا تافه'
is hold http://127.0.0.1:1 'شكرا على هذا التقرير'
is hold "http://127.0.0.1:$hanging" 'شكرا على هذا التقرير'
is hold "http://127.0.0.1:$dripping" 'شكرا على هذا التقرير'
is hold "$NAQD_URL/elsewhere" 'شكرا على هذا التقرير'
