#!/bin/sh
# Sort an inbox of comments for moderation.
#
#   moderate.sh INBOX.csv OUTDIR [option of naqd-score ...]
#
# writes into OUTDIR, each file whole or not at all:
#   publish.csv   may go online
#   hold.csv      a person should look (also rows that could not be scored)
#   reject.csv    abuse
#   editors.csv   criticism and threats, for the newsroom: a copy of rows that are also published or held
# Every row of the inbox is in just one of the first three, with its columns and those of naqd-score.
#
# Decisions are made by the thresholds in the model, which naqd-train chose such that its error bounds
# (--max-abusive-published, --max-innocent-rejected) hold; see docs/triage.md.
#
# With WATCH_ONLY=1 it acts on nothing: these four files stay as they are, or absent. It adds to OUTDIR/watched.csv each
# comment that is not there yet, with what it would have done in the columns naqd_would and naqd_would_notify. A comment
# is known by its columns in the inbox: with an id among them, equal texts are different comments.
#
# Environment:
#   WATCH_ONLY      1: watch only                                                (0)
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
watch=${WATCH_ONLY:-0}
case $watch in
    0) ;;
    1) set -- --watch-only "$@" ;;
    *) say "WATCH_ONLY=$watch: expected 1 or 0"; exit 2 ;;
esac
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
"$score" --format csv --to csv "$@" -- "$inbox" >"$new/scored.csv" 2>"$new/messages" || status=$?
# The counts of naqd-score include comments that were watched before.
awk '!/^naqd-score: watch only:/' "$new/messages" >&2 || :
case $status in
    0 | 1) ;;
    3) say "--fail-on has no place here"; exit 2 ;;
    *) say "$inbox: not scored"; exit 2 ;;
esac

# A record of CSV may span lines: it is complete when its quotes are even. The columns of naqd-score stand at the end;
# what does not look like a decision with an empty error is held.
set -- "$new/scored.csv"
[ "$watch" = 0 ] || [ ! -s "$out/watched.csv" ] || set -- "$out/watched.csv" "$@"
sorted=0
NEW="$new" WATCH="$watch" awk '
    function copy(name,    i, file) {
        file = ENVIRON["NEW"] "/" name ".csv"
        for (i = 1; i <= lines; i++) print line[i] > file
    }
    function put(name) {
        if (!watch) copy(name)
        count[name]++
    }
    # The columns stand in the last line of the record.
    function sort(    field) {
        if (!match($0, tail)) { put("hold"); return }
        split(substr($0, RSTART + 1), field, /[,;\t]/)
        put(field[2 + kinds])
        # Criticism, and threats first of all.
        if (field[3 + kinds] != "") put("editors")
    }
    # Number of the record, the same for each with these columns of the inbox; found line by line, since joining many
    # lines takes long.
    function number(    i, id, text) {
        id = 0
        for (i = 1; i <= lines; i++) {
            text = line[i]
            if (i == lines) sub(verdict, "", text)
            if (!((id, text) in after)) after[id, text] = ++numbers
            id = after[id, text]
        }
        return id
    }
    # Of equal records in the inbox, those are new that are more than were watched before.
    function look(    id) {
        id = number()
        if (FILENAME ~ /watched[.]csv$/) before[id]++
        else if (++now[id] > before[id]) sort()
        else return
        copy("watched")
        watched++
    }
    function begin(    i) {
        if ($0 !~ header) { wrong = 4; exit }
        kinds = $0 ~ /[,;\t]naqd_kinds[,;\t]/
        tail = probability (kinds ? "[,;\t][a-z|]*" : "") decided
        verdict = "[,;\t][^,;\t\"]*(" probability ")*" tail
        if (!watch) for (i in files) copy(files[i])
        else if (!first) { first = number(); copy("watched") }
        else if (number() != first) { wrong = 5; exit }
        begun = 1
    }
    BEGIN {
        watch = ENVIRON["WATCH"]
        probability = "[,;\t][01][.][0-9][0-9][0-9][0-9]"
        decided = "[,;\t](publish|hold|reject)[,;\t](threat)?[|]?(editors)?[,;\t][^,;\t\"]+[,;\t]$"
        header = watch ? "naqd_would[,;\t]naqd_would_notify" : "naqd_decision[,;\t]naqd_notify"
        header = header "[,;\t]naqd_reason[,;\t]naqd_error$"
        split("publish hold reject editors", files, " ")
    }
    FNR == 1 {
        if (lines) { wrong = 4; exit }
        begun = 0
    }
    {
        line[++lines] = $0
        quotes += gsub(/"/, "\"")
        if (quotes % 2) next
        if (!begun) begin()
        else if (watch) look()
        else sort()
        lines = quotes = 0
    }
    END {
        if (wrong || !begun || lines) exit wrong ? wrong : 4
        format = watch ? "%d new comments: would publish %d, hold %d, reject %d; %d for the editors" \
            : "%d comments: %d publish, %d hold, %d reject; %d for the editors"
        printf format, count["publish"] + count["hold"] + count["reject"],
            count["publish"], count["hold"], count["reject"], count["editors"]
        if (watch) printf " (watch only: nothing was acted on; %d comments watched so far)", watched
        print ""
    }
' "$@" >"$new/summary" || sorted=$?
case $sorted in
    0) ;;
    5) say "$out/watched.csv: its columns are not those of the inbox and the model: move it away"; exit 2 ;;
    *) say "not sorted: the model must have thresholds (train it again, or set PUBLISH_BELOW and REJECT_ABOVE), the delimiter be a comma, semicolon or tab, OUTDIR have room; no --explain; WATCH_ONLY=1 for --watch-only"; exit 2 ;;
esac

# From here on nothing stops it half way.
trap '' HUP INT TERM
for file in publish hold reject editors watched; do
    [ ! -e "$new/$file.csv" ] || mv -f -- "$new/$file.csv" "$out/$file.csv"
done
cat -- "$new/summary"
[ "$status" -ne 1 ] || exit 1
