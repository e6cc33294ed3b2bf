//! Tests of the reader of HTML.

use super::*;

fn shown(html: &str) -> String {
    Visible::of(html).text.into_owned()
}

#[test]
fn tags_go_and_brackets_stay() {
    for (html, text) in [
        ("<p>One <b>two</b>.</p><p>Three</p>", "One two.\nThree"),
        ("<div>a<br>b<br/>c</div>", "a\nb\nc"),
        ("a < b and c > d", "a < b and c > d"),
        ("<a href=\"https://naqd.example/?a>b\" rel='x'>link</a>", "link"),
        (
            "id<b></b>iot id<wbr>iot id<!-- x -->iot id</div>iot id<x></x>iot id</>iot",
            "idiot idiot idiot idiot idiot idiot",
        ),
        ("id<style>x</style>iot id<script>if (a < b) '</b>'</script>iot", "idiot idiot"),
        ("thanks <b \"> you are late <i \"> for it", "thanks  you are late  for it"),
        ("<b title=\"> a\">b</b>", "b"),
        (
            "&lt;b&gt; &amp;lt; &copy &copyx &notit; &#105;&#X69 &#0;&#128; a&shy;b &unknown; & &#; &",
            "<b> &lt; © ©x ¬it; ii \u{FFFD}€ a\u{AD}b &unknown; & &#; &",
        ),
        ("<table><tr><td>a<td>b<tr><td>c</table>d", "a\tb\nc\nd"),
        ("id<table>iot</table>", "idiot"),
        ("<td>id<tr>iot", "idiot"),
        ("<span hidden>x</span>a<i style='Display : NONE'>b</i>c", "ac"),
        ("id<span style=\"display:block\">iot</span>x<div style='display:inline'>y</div>z", "id\niot\nxyz"),
        ("<textarea>a<b>&amp;</b></textarea><xmp>&amp;<b></xmp>", "a<b>&</b>\n&amp;<b>"),
        ("a\u{0}b<!>c<!doctype html>d<!-- -- > --!>e<!-->f<!--->g", "abcdefg"),
        ("<blockquote>a<br>b\nc</blockquote>d", "> a\n> b\n> c\nd"),
        ("he said <q>a</q> and id<q></q>iot", "he said “a” and idiot"),
        ("", ""),
    ] {
        assert_eq!(shown(html), text, "{html}");
    }
}

#[test]
fn doubtful_markup_is_read_in_more_than_one_way() {
    let texts =
        |html: &str| readings(html, Html::Yes).iter().map(|of| of.text.to_string()).collect::<Vec<_>>().join(" | ");
    for (html, expected) in [
        ("<p>a</p>", "a"),
        ("you <an idiot>", "you  | you <an idiot>"),
        ("<o:p>a</o:p>", "a"),
        ("<o:p idiot>a", "a | <o:p idiot>a"),
        ("a <b you", "a  | a <b you"),
        ("a <b x=\"> you <i>b</i>", "a  | a <b x=\"> you b"),
        ("a <!-- you <i>b</i> <!-- c", "a  | a <!-- you b <!-- c"),
        ("<![CDATA[you <b>idiot</b>]]>", "idiot]]> | <![CDATA[you <b>idiot]]>"),
        ("id<style>a<i>b</i></style>iot", "idiot | idabiot"),
        ("<span hidden>a</span>b", "b | ab"),
        ("<img src=x alt=\"you &amp; me\">a", "a | you & me\ta"),
        ("id<table><td>x</td>iot</table>", "id\nx\tiot | idiot"),
    ] {
        assert_eq!(texts(html), expected, "{html}");
    }
    let doubtful: Vec<_> = readings("<b>a</b>", Html::Doubtful).iter().map(|of| of.text.to_string()).collect();
    assert_eq!(doubtful, ["<b>a</b>", "a"]);
}

#[test]
fn spans_lead_back() {
    let html = "<p>You <i>are</i> l&#97;te, m<b>y</b>&nbsp;friend.</p><blockquote>Again</blockquote>";
    let visible = Visible::of(html);
    let back = |word: &str| {
        let start = visible.text.find(word).unwrap();
        &html[visible.source(&(start..start + word.len()))]
    };
    for (word, expected) in [
        ("You", "You"),
        ("are", "are"),
        ("late", "l&#97;te"),
        ("my", "m<b>y"),
        ("y\u{A0}friend", "y</b>&nbsp;friend"),
        ("Again", "Again"),
        ("You are", "You <i>are"),
    ] {
        assert_eq!(back(word), expected);
    }
}

#[test]
fn hostile_text_is_read_in_bounds() {
    let start = std::time::Instant::now();
    for piece in [
        "<b \"",
        "<b ",
        "<",
        "<!--",
        "<!-- --",
        "<b a=\"",
        "<b a='\"",
        "</div>",
        "<div>",
        "<span>",
        "<table><td>",
        "<table>x",
        "<p>",
        "</p>",
        "<q>",
        "</q>",
        "<style>",
        "<script><!--<script>",
        "&",
        "&#",
        "&#1",
        "&CounterClockwiseContourIntegra",
        "<?",
        "<!",
        "</ ",
        "<an idiot>",
        "<li>",
        "<td>x</table>",
        "<blockquote>\n",
        "<b><p>",
        "</b>",
        "<img alt=x>",
        "<b a=\"<b a=\">",
    ] {
        let html = piece.repeat(1_000_000 / piece.len());
        for visible in readings(&html, Html::Doubtful) {
            assert!(visible.text.len() <= 4 * html.len(), "{piece}");
        }
        eprintln!("{piece:?} {:?}", start.elapsed());
    }
    // Some 40 megabytes in several readings; quadratic work would take minutes.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
