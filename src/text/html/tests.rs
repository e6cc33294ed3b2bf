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
fn what_is_left_out_separates_nothing() {
    for html in [
        "id<p hidden></p>iot",
        "id<div style='display:none'>x</div>iot",
        "id<table hidden><caption>x<tr><td>x</td></table>iot",
        "id<ul hidden><li>x<li>x</ul>iot",
        // An end tag closes the element of its name.
        "id<x-y hidden>x<x-z></x-y>iot",
        "i<svg hidden/>d<svg a=b/>x</svg><math />iot",
        "<svg hidden><b>idi</b></svg><b hidden>x</b>ot",
        "<svg hidden><font color=red>idi</font></svg>ot",
        "<math><mtext>i<![CDATA[di]]>ot</mtext></math>",
        "i<svg width=0 height=0><desc>x</desc></svg>d<svg><title>x</title>x<style><b>iot",
        "<b style='display:inline' hidden>idi</b><b hidden>x</b>ot",
        "<b style='color:red' style='display:none'>idi</b><b hidden>x</b>ot",
        "<b style='visibility:hidden'>x<b style='visibility:visible'>idi</b></b>ot",
        "<b style='font-size:0'>x<b style='font-size:2em'>x</b><b style='font-size:16px'>idi</b></b>ot",
        "<style style='display:block'></style><style style='display:inline'>idi</style>ot",
    ] {
        assert_eq!(shown(html), "idiot", "{html}");
    }
    for depth in [200, 256, 400] {
        let html = "<i>".repeat(depth) + "i<b hidden>x</b>d<b hidden>x</b>i<b hidden>x</b>ot";
        assert_eq!(shown(&html), "idiot", "{depth}");
    }
}

#[test]
fn what_is_hidden_in_several_ways_is_read_as_sanitisers_leave_it() {
    for html in [
        "<b hidden>idi</b><script>x</script>ot",
        "<b style='display:none'>idi</b><b hidden>x</b>ot",
        "<b style='display:none'>idi</b><style>x</style>ot",
        "<b style='display:var(--x,inline)'>idi</b><b style='display:none'>x</b>ot",
    ] {
        assert!(readings(html, Html::Yes).iter().any(|visible| visible.text == "idiot"), "{html}");
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
        "<svg>",
        "<svg><desc>",
        "</x></svg>",
        "<math><mi><![CDATA[",
        "<b style=\"a:'\\(/*;display:none",
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
