#!/bin/sh
# Sort an inbox of comments for moderation.
#
#   moderate.sh INBOX.csv OUTDIR [option of naqd-score ...]
#
# writes into OUTDIR, each file whole or not at all:
#   publish.csv   may go online
#   hold.csv      a person should look (also rows that could not be scored)
#   reject.csv    abuse
#   editors.csv   criticism, for the newsroom: a copy of rows that are also published or held
# Every row of the inbox is in just one of the first three, with its columns and those of naqd-score.
#
# Decisions are made by the thresholds in the model, which naqd-train chose such that its error bounds
# (--max-abusive-published, --max-innocent-rejected) hold; see docs/triage.md.
#
# Environment:
#   NAQD_SCORE      scoring program                                              (naqd-score)
#   PUBLISH_BELOW   publish below this P(abusive); none: publish nothing         (threshold of the model)
#   REJECT_ABOVE    reject above this P(abusive); none: reject nothing           (threshold of the model)
#   NOTIFY_ABOVE    notify editors above this P(critical); none: of nothing      (threshold of the model)
#
# Exit codes: 0 done; 1 done, but some rows could not be scored (they are held); 2 could not run, the files
# in OUTDIR are as they were; 75 another run is at work there. Needs flock (util-linux) and awk.
#
# From cron, every five minutes:
#   */5 * * * *  /opt/naqd/moderate.sh /srv/inbox.csv /srv/moderated --model /srv/mine.naqd
set -eu
LC_ALL=C
export LC_ALL

say() { printf 'moderate: %s\n' "$*" >&2; }

if [ $# -lt 2 ]; then
    say "usage: moderate.sh INBOX.csv OUTDIR [option of naqd-score ...]"
    exit 2
fi
inbox=$1
out=$2
shift 2
score=${NAQD_SCORE:-naqd-score}
for tool in "$score" flock awk; do
    command -v "$tool" >/dev/null || { say "$tool: not found"; exit 2; }
done
# Thresholds of the environment come before the other options, as options of naqd-score.
[ -z "${NOTIFY_ABOVE:-}" ] || set -- --notify-above "$NOTIFY_ABOVE" "$@"
[ -z "${REJECT_ABOVE:-}" ] || set -- --reject-above "$REJECT_ABOVE" "$@"
[ -z "${PUBLISH_BELOW:-}" ] || set -- --publish-below "$PUBLISH_BELOW" "$@"
[ -f "$inbox" ] && [ -r "$inbox" ] || { say "$inbox: no such file, or not readable"; exit 2; }
mkdir -p -- "$out" || exit 2

exec 9>"$out/.lock"
flock -n 9 || { say "$out: another run is at work"; exit 75; }

new=$(mktemp -d -- "$out/.new.XXXXXX") || exit 2
trap 'rm -rf -- "$new"' EXIT
trap 'exit 2' HUP INT TERM

status=0
"$score" --format csv --to csv "$@" -- "$inbox" >"$new/scored.csv" || status=$?
case $status in
    0 | 1) ;;
    3) say "--fail-on has no place here"; exit 2 ;;
    *) say "$inbox: not scored"; exit 2 ;;
esac

# A record of CSV may span lines: it is complete when its quotes are even. The columns of naqd-score stand at the end;
# what does not look like a decision with an empty error is held.
NEW="$new" awk '
    function put(name,    i, file) {
        file = ENVIRON["NEW"] "/" name ".csv"
        for (i = 1; i <= lines; i++) print line[i] > file
        count[name]++
    }
    # The columns stand in the last line of the record.
    function sort(    field) {
        if (!match($0, tail)) { put("hold"); return }
        split(substr($0, RSTART + 1), field, /[,;\t]/)
        put(field[2])
        if (field[3] == "editors") put("editors")
    }
    BEGIN {
        number = "[01][.][0-9][0-9][0-9][0-9]"
        tail = "[,;\t]" number "[,;\t](publish|hold|reject)[,;\t](editors)?[,;\t][^,;\t\"]+[,;\t]$"
        split("publish hold reject editors", files, " ")
    }
    {
        line[++lines] = $0
        quotes += gsub(/"/, "\"")
        if (quotes % 2) next
        if (!started) {
            if ($0 !~ /naqd_decision[,;\t]naqd_notify[,;\t]naqd_reason[,;\t]naqd_error$/) exit 4
            started = 1
            for (i in files) { put(files[i]); count[files[i]] = 0 }
        } else sort()
        lines = quotes = 0
    }
    END {
        if (!started || lines) exit 4
        printf "%d comments: %d publish, %d hold, %d reject; %d for the editors\n",
            count["publish"] + count["hold"] + count["reject"],
            count["publish"], count["hold"], count["reject"], count["editors"]
    }
' "$new/scored.csv" >"$new/summary" || { say "not sorted: the model must have thresholds (train it again, or set PUBLISH_BELOW and REJECT_ABOVE), the delimiter be a comma, semicolon or tab, OUTDIR have room; no --explain"; exit 2; }

# From here on nothing stops it half way.
trap '' HUP INT TERM
for file in publish hold reject editors; do
    mv -f -- "$new/$file.csv" "$out/$file.csv"
done
cat -- "$new/summary"
[ "$status" -ne 1 ] || exit 1
