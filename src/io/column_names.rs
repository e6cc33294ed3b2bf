//! Names that columns usually have, folded.

/// Most usual names of text columns, best first; messages name these.
pub const TEXT_COLUMNS: [&str; 5] = ["text", "comment", "body", "content", "message"];

/// Most usual names of label columns, best first.
pub const LABEL_COLUMNS: [&str; 3] = ["label", "class", "category"];

/// Names of text columns, folded, best first: those of WordPress, Discourse, X, Disqus, YouTube and others, in English, Arabic,
/// French, Spanish, Turkish and German.
#[rustfmt::skip]
pub(super) const TEXT_NAMES: [&str; 108] = [
    "text", "comment", "body", "content", "message", "commentcontent", "commenttext", "commentbody", "rawmessage",
    "fulltext", "messagetext", "messagebody", "textoriginal", "originaltext", "textdisplay", "bodytext", "contenttext",
    "contentraw", "contentrendered", "plaintext", "rawtext", "usercomment", "readercomment", "yourcomment",
    "commentmessage", "commentraw", "commenthtml", "bodyhtml", "contenthtml", "texthtml", "reviewtext", "reviewbody",
    "posttext", "postbody", "postcontent", "postmessage", "replytext", "replybody", "tweettext", "statustext",
    "usertext", "feedbacktext", "commenttextoriginal", "commentbodytext", "originalcomment", "fullcomment",
    "usercomments", "readercomments", "readerscomment", "visitorcomment", "yourmessage", "cleantext", "cleanedtext",
    "textar", "texten", "commentar", "commenten", "arabictext", "commentaire", "texte", "contenu",
    "texteducommentaire", "contenuducommentaire", "votrecommentaire", "comentario", "texto", "contenido",
    "mensaje", "textodelcomentario", "contenidodelcomentario", "yorum", "yorummetni", "yorumicerigi",
    "metin", "icerik", "mesaj", "kommentar", "kommentartext", "التعليق", "تعليق", "النص", "نص",
    "نصالتعليق", "نصتعليق", "المحتوي", "محتوي", "محتويالتعليق", "الرساله", "نصالرساله", "تعليقالقاري", "تعليقالزاير",
    "تعليقالمستخدم", "التعليقالاصلي", "النصالكامل", "النصالاصلي", "نصالرد", "محتويالرد", "نصالمشاركه", "نصالمنشور",
    "كومنت", "الكومنت", "نصالتعليقات", "مضمونالتعليق", "مضمون", "متنالتعليق", "تعليقالمتابع", "نصالمداخله",
    "النصالعربي",
];

/// Names of text columns where there is none of the others: columns of other things are called so as well.
#[rustfmt::skip]
pub(super) const MORE_TEXT_NAMES: [&str; 17] = [
    "post", "review", "reply", "tweet", "raw", "selftext", "caption", "الرد", "المشاركه", "المنشور",
    "sentence", "utterance", "متن", "مداخله", "المداخله", "رد", "منشور",
];

/// Names of label columns, folded, best first.
#[rustfmt::skip]
pub(super) const LABEL_NAMES: [&str; 36] = [
    "label", "class", "category", "labels", "goldlabel", "annotation", "commentlabel", "التصنيف", "تصنيف", "التسميه",
    "الفيه", "الوسم", "وسم", "تصنيفالتعليق", "finallabel", "labelfinal", "truelabel", "target", "istoxic", "toxic",
    "toxicity", "isabusive", "abusive", "isoffensive", "offensive", "etiquette", "classe", "categorie", "etiqueta",
    "clase", "categoria", "etiket", "sınıf", "kategori", "الصنف", "التصنيفالنهايي",
];

/// Names of columns that say what was decided.
#[rustfmt::skip]
pub(super) const DECISION_NAMES: [&str; 41] = [
    "decision", "verdict", "status", "commentapproved", "moderationstatus", "commentstatus", "moderationdecision",
    "commentdecision", "moderatordecision", "moderationaction", "approvalstatus", "reviewstatus", "approved",
    "isapproved", "outcome", "القرار", "قرار", "الحاله", "حاله", "الحكم", "حالهالتعليق", "وضعالتعليق", "قرارالمشرف",
    "قرارالمحرر", "قرارالاشراف", "القرارالنهايي", "الاجراء", "moderation", "moderationresult", "approval", "state",
    "commentstate", "published", "ispublished", "statut", "estado", "durum", "karar", "تمالقبول", "مقبول", "النتيجه",
];

/// Names of columns of other things, by which a header is known to be one.
#[rustfmt::skip]
pub(super) const OTHER_NAMES: [&str; 27] = [
    "id", "commentid", "postid", "author", "user", "username", "name", "nickname", "date", "time", "timestamp", "when",
    "created", "createdat", "url", "link", "title", "parent", "parentid", "likes", "lang", "language", "weight",
    "rating", "الرقم", "التاريخ", "الكاتب",
];
