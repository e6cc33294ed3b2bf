#!/bin/sh
# Sort an inbox of comments for moderation.
#
#   moderate.sh INBOX.csv OUTDIR [option of naqd-score ...]
#
# writes into OUTDIR, all at once or not at all:
#   publish.csv   may go online
#   hold.csv      a person should look (also rows that could not be scored)
#   reject.csv    abuse
#   editors.csv   criticism and threats, for the newsroom: a copy of rows that are also published, held or rejected
# Every row of the inbox is in just one of the first three, with its columns and those of naqd-score.
#
# These names are links into the folder .current, so that one rename switches all of them: whoever reads them, and however
# the script ends, they are those of one run. Read or copy the files; moved away, a link leads nowhere. A link that you
# delete comes back with the next run.
#
# An inbox without comments is nothing to do: the files stay as they were, and the exit code is 0.
#
# Decisions are made by the thresholds in the model, which naqd-train chose such that its error bounds
# (--max-abusive-published, --max-innocent-rejected) hold; see docs/triage.md. With the option --excel the files open in
# Excel by a double click.
#
# With REMEMBER=1 a comment is decided once: the files have only comments that no run before has decided, and decided.csv,
# which is switched with them, has all of them with what was decided. Delete decided.csv to begin anew.
#
# With WATCH_ONLY=1 it acts on nothing: these four files stay as they are, or absent. It adds to OUTDIR/watched.csv each
# comment that is not there yet, with what it would have done in the columns naqd_would and naqd_would_notify.
#
# For both, a comment is known by its columns in the inbox: with an id among them, equal texts are different comments.
#
# Environment:
#   REMEMBER        1: decide each comment once                                  (0)
#   WATCH_ONLY      1: watch only                                                (0)
#   NAQD_SCORE      scoring program                        (naqd-score on the path, beside this script, in /usr/local/bin
#                                                           or in ~/.cargo/bin)
#   PUBLISH_BELOW   publish below this P(abusive); none: publish nothing         (threshold of the model)
#   REJECT_ABOVE    reject above this P(abusive); none: reject nothing           (threshold of the model)
#   NOTIFY_ABOVE    notify editors above this P(critical); none: of nothing      (threshold of the model)
#
# Exit codes: 0 done, or nothing to do; 1 done, but some rows could not be scored (they are held); 2 could not run, the
# files in OUTDIR are as they were; 75 another run is at work there. Needs flock (util-linux) and awk.
#
# From cron, every five minutes, as user naqd:
#   */5 * * * *  /opt/naqd/moderate.sh /srv/inbox.csv /srv/moderated --model /srv/mine.naqd
set -eu
LC_ALL=C
export LC_ALL
# The path of cron has none of the folders where programs are installed by hand.
PATH=$PATH:$(dirname -- "$0"):/usr/local/bin${HOME:+:$HOME/.cargo/bin}

say() { printf 'moderate: %s\n' "$*" >&2; }
# Not set -e: its exit code is that of the command, and 1 has a meaning here.
fail() { say "$*; the files in $out are as they were"; exit 2; }

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
remember=${REMEMBER:-0}
case $remember in
    0 | 1) ;;
    *) say "REMEMBER=$remember: expected 1 or 0"; exit 2 ;;
esac
# Thresholds of the environment come before the other options, as options of naqd-score.
[ -z "${NOTIFY_ABOVE:-}" ] || set -- --notify-above "$NOTIFY_ABOVE" "$@"
[ -z "${REJECT_ABOVE:-}" ] || set -- --reject-above "$REJECT_ABOVE" "$@"
[ -z "${PUBLISH_BELOW:-}" ] || set -- --publish-below "$PUBLISH_BELOW" "$@"
[ -f "$inbox" ] && [ -r "$inbox" ] || { say "$inbox: no such file, or not readable"; exit 2; }
mkdir -p -- "$out" || exit 2

# A path that begins with a dash or a letter is the same to all tools then.
case $out in
    /*) ;;
    *) out=./$out ;;
esac
exec 9>"$out/.lock" || exit 2
flock -n 9 || { say "$out: another run is at work"; exit 75; }

# Links of the last run, which was stopped after its rename. The list of them goes last.
current=$out/.current
finish() {
    if [ -e "$current/.links" ]; then
        while read -r name; do
            [ -L "$out/$name.csv" ] || ln -s ".current/$name.csv" "$out/$name.csv" || return 1
        done <"$current/.links"
        rm -f -- "$current/.links" || :
    fi
}
finish || fail "$out: its links could not be made"

# Left-overs of runs that were stopped, with comments of readers in them.
keep=
[ ! -L "$current" ] || keep=$(readlink -- "$current") || fail "$current: could not be read"
for old in "$out"/.new.* "$out"/.run.*; do
    [ "$old" = "$out/$keep" ] || rm -rf -- "$old" || say "$old: could not be removed"
done

new=$(mktemp -d -- "$out/.new.XXXXXX") || exit 2
trap 'rm -rf -- "$new" || :' EXIT
trap 'exit 2' HUP INT TERM

nothing() {
    say "$inbox: no comments, nothing to do; the files in $out are as they were"
    exit 0
}
# A byte order mark and line ends alone.
[ -n "$(tr -d '\357\273\277\376\377\000 \t\r\n' <"$inbox" | head -c 1)" ] || nothing

# A file by any other name is taken for CSV; what a workbook is, or JSON Lines, naqd-score sees itself.
case $inbox in
    *.[xX][lL][sS][xX] | *.[oO][dD][sS] | *.json | *.jsonl | *.ndjson) ;;
    *) set -- --format csv "$@" ;;
esac
status=0
"$score" --to csv "$@" -- "$inbox" >"$new/scored.csv" 2>"$new/messages" || status=$?
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
known=
if [ "$watch" = 1 ]; then
    known=watched
elif [ "$remember" = 1 ]; then
    known=decided
fi
[ -z "$known" ] || [ ! -s "$out/$known.csv" ] || set -- "$out/$known.csv" "$@"
sorted=0
NEW="$new" WATCH="$watch" KNOWN="$known" awk '
    function copy(name,    i, file) {
        file = ENVIRON["NEW"] "/" name ".csv"
        for (i = 1; i <= lines; i++) print line[i] > file
    }
    function put(name) {
        if (!watch) copy(name)
        count[name]++
    }
    # The columns stand in the last line of the record. A reason with a comma stands in quotes, so that it goes last.
    function sort(    field) {
        if (!match(text, tail)) { put("hold"); return }
        split(substr(text, RSTART + 1), field, between)
        put(field[2 + kinds])
        # Criticism, and threats first of all.
        if (field[3 + kinds] != "") put("editors")
    }
    # Number of the record, the same for each with these columns of the inbox; found line by line, since joining many
    # lines takes long.
    function number(    i, id, part) {
        id = 0
        for (i = 1; i <= lines; i++) {
            part = i < lines ? line[i] : text
            if (i == lines) sub(verdict, "", part)
            if (!((id, part) in after)) after[id, part] = ++numbers
            id = after[id, part]
        }
        return id
    }
    # Of equal records in the inbox, those are new that are more than were known before.
    function look(    id) {
        id = number()
        if (FILENAME ~ /(watched|decided)[.]csv$/) before[id]++
        else if (++now[id] > before[id]) sort()
        else return
        copy(known)
        all++
    }
    function begin(    i) {
        if (text !~ header) { wrong = 4; exit }
        # Before naqd_error stands the delimiter.
        delimiter = substr(text, length(text) - 10, 1)
        between = "[" delimiter "]"
        bare = "[^" delimiter "\"]"
        probability = between "[01][.][0-9][0-9][0-9][0-9]"
        reason = "(" bare "+|\"rule: ([^\"]|\"\")*\")"
        kinds = text ~ (between "naqd_kinds" between)
        tail = probability (kinds ? between "[a-z|]*" : "") between "(publish|hold|reject)" \
            between "(threat)?[|]?(editors)?" between reason between "$"
        verdict = between bare "*(" probability ")*" tail
        # The header of what was known before, and then that of the inbox.
        if (!watch && FILENAME ~ /scored[.]csv$/) for (i in files) copy(files[i])
        if (known && !first) { first = number(); copy(known) }
        else if (known && number() != first) { wrong = 5; exit }
        begun = 1
    }
    BEGIN {
        watch = ENVIRON["WATCH"] + 0
        known = ENVIRON["KNOWN"]
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
        # Without the \r of the line end.
        text = $0
        sub(/\r$/, "", text)
        if (!begun) begin()
        else {
            if (FILENAME ~ /scored[.]csv$/) comments++
            if (known) look()
            else sort()
        }
        lines = quotes = 0
    }
    END {
        if (wrong || !begun || lines) exit wrong ? wrong : 4
        if (!comments) exit 6
        format = watch ? "%d new comments: would publish %d, hold %d, reject %d; %d for the editors" \
            : (known ? "%d new comments" : "%d comments") ": %d publish, %d hold, %d reject; %d for the editors"
        printf format, count["publish"] + count["hold"] + count["reject"],
            count["publish"], count["hold"], count["reject"], count["editors"]
        if (watch) printf " (watch only: nothing was acted on; %d comments watched so far)", all
        else if (known) printf " (%d comments decided so far)", all
        print ""
    }
' "$@" >"$new/summary" || sorted=$?
case $sorted in
    0) ;;
    5) fail "$out/$known.csv: its columns are not those of the inbox and the model: move watched.csv away, or delete decided.csv" ;;
    6) nothing ;;
    *) say "not sorted: the model must have thresholds (train it again, or set PUBLISH_BELOW and REJECT_ABOVE), the delimiter be a comma, semicolon or tab, the lines end with a line feed, OUTDIR have room; no --explain; WATCH_ONLY=1 for --watch-only"; exit 2 ;;
esac

# From here on no signal stops it half way; if it is killed, the rename has switched all files or none.
trap '' HUP INT TERM
if [ "$watch" = 1 ]; then
    mv -f -- "$new/watched.csv" "$out/watched.csv" || fail "$out/watched.csv: could not be replaced"
else
    # What was decided before stays known to a run that does not ask for it.
    [ -n "$known" ] || [ ! -e "$out/decided.csv" ] || cp -- "$out/decided.csv" "$new/decided.csv" || fail "no room"
    run=$(mktemp -d -- "$out/.run.XXXXXX") || exit 2
    plain=0
    # As readable as the files in it.
    chmod "$(umask -S)" "$run" || fail "$run: no permission"
    for file in publish hold reject editors decided; do
        [ ! -e "$new/$file.csv" ] || mv -f -- "$new/$file.csv" "$run/$file.csv" || fail "$run: could not be written"
        # Files of a version that had no links are in the way until the links to the same files are there.
        if [ -f "$out/$file.csv" ] && [ ! -L "$out/$file.csv" ]; then
            plain=1
        fi
    done
    if [ "$plain" = 1 ]; then
        was=$(mktemp -d -- "$out/.run.XXXXXX") || exit 2
        chmod "$(umask -S)" "$was" || fail "$was: no permission"
        for file in publish hold reject editors decided; do
            [ ! -f "$out/$file.csv" ] || cp -p -- "$out/$file.csv" "$was/$file.csv" || fail "$was: could not be written"
        done
        ln -sfn "${was##*/}" "$new/current" && mv -T -f -- "$new/current" "$current" || fail "$current: not replaced"
        for file in publish hold reject editors decided; do
            [ -L "$out/$file.csv" ] || [ ! -e "$out/$file.csv" ] ||
                { ln -s ".current/$file.csv" "$new/link" && mv -T -f -- "$new/link" "$out/$file.csv"; } ||
                fail "$out/$file.csv: not replaced"
        done
    fi
    # Links that are missing come after the switch: before it they would show what somebody took away. In the first run
    # they come before it, and lead nowhere until then.
    for file in publish hold reject editors decided; do
        if [ ! -e "$run/$file.csv" ] || [ -L "$out/$file.csv" ]; then
            :
        elif [ -e "$current" ]; then
            printf '%s\n' "$file" >&3 || fail "$run: could not be written"
        else
            ln -s ".current/$file.csv" "$out/$file.csv" || fail "$out/$file.csv: could not be made"
        fi
    done 3>"$run/.links" || fail "$run: could not be written"
    sync -- "$run"/*.csv "$run" 2>/dev/null || :
    ln -s "${run##*/}" "$new/current" && mv -T -f -- "$new/current" "$current" || fail "$current: could not be replaced"
    finish || { say "$out: its links could not be made; the next run makes them"; exit 2; }
    for old in "$out"/.run.*; do
        [ "$old" = "$run" ] || rm -rf -- "$old" || :
    done
fi
cat -- "$new/summary"
[ "$status" -ne 1 ] || exit 1
