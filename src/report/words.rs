//! Texts of the page, in English and Arabic. `{0}`, `{1}`, ... are placeholders.

/// Language of the page; comments are quoted in their own.
///
/// ```
/// use naqd::report::Language;
///
/// assert_eq!("ar".parse(), Ok(Language::Arabic));
/// assert!("fr".parse::<Language>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Arabic, from right to left.
    Arabic,
}

impl std::str::FromStr for Language {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "en" => Ok(Language::English),
            "ar" => Ok(Language::Arabic),
            _ => Err("expected en or ar".to_owned()),
        }
    }
}

impl Language {
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Language::English => &ENGLISH,
            Language::Arabic => &ARABIC,
        }
    }
}

/// Text with its placeholders `{0}`, `{1}`, ... filled in.
pub(crate) fn fill(words: &str, values: &[&str]) -> String {
    let mut filled = String::new();
    let mut rest = words;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|close| open + close) else { break };
        filled += &rest[..open];
        let place = rest[open + 1..close].parse().ok();
        filled += place.and_then(|place: usize| values.get(place)).unwrap_or(&"");
        rest = &rest[close + 1..];
    }
    filled + rest
}

/// Name within a sentence, isolated from its direction of writing.
pub(crate) fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

macro_rules! words {
    ($($name:ident: $english:literal, $arabic:literal;)*) => {
        /// Texts of the page.
        pub(crate) struct Words {
            $(pub(crate) $name: &'static str,)*
        }
        const ENGLISH: Words = Words { $($name: $english,)* };
        const ARABIC: Words = Words { $($name: $arabic,)* };
    };
}

words! {
    lang: "en", "ar";
    dir: "ltr", "rtl";
    title: "How good the model is", "ما مدى جودة النموذج";
    model: "Model", "النموذج";
    files: "Comments", "التعليقات";
    written_by: "Written by naqd {0}. This page is one file, loads nothing, and sends nothing.",
        "كتبه naqd {0}. هذه الصفحة ملف واحد، لا تحمّل شيئا ولا ترسل شيئا.";

    summary: "In short", "الخلاصة";
    by_held_out: "The figures are of {0} comments, each judged by a model that had learnt neither from it nor from its repeats ({1} of 5 folds). The model itself has learnt from all {2} comments.",
        "الأرقام عن {0} تعليق، حُكم على كل منها بنموذج لم يتعلم منه ولا من مكرراته ({1} من 5 أجزاء). أما النموذج نفسه فتعلم من كل التعليقات وعددها {2}.";
    by_model: "The figures are of {0} labelled comments, as the model scores them today. Should the model have learnt from these very comments, the figures flatter it.",
        "الأرقام عن {0} تعليق مصنف، كما يقيّمها النموذج اليوم. إن كان النموذج قد تعلم من هذه التعليقات نفسها فالأرقام أجمل من الواقع.";
    decided: "Of 100 comments, {0} are decided without a person: {1} are published and {2} rejected. The other {3} are held for a person.",
        "من كل 100 تعليق يُبَتّ في {0} دون تدخل إنسان: يُنشر {1} ويُرفض {2}. والباقي {3} ينتظر قرار إنسان.";
    error_published: "Of the published, {0} are abusive ({1} of {2}); at most {3} is asked, and {4} cannot be ruled out.",
        "من المنشور {0} مسيء ({1} من {2})؛ المطلوب {3} على الأكثر، ولا يُستبعد {4}.";
    error_rejected: "Of the rejected, {0} are not abusive ({1} of {2}); at most {3} is asked, and {4} cannot be ruled out.",
        "من المرفوض {0} غير مسيء ({1} من {2})؛ المطلوب {3} على الأكثر، ولا يُستبعد {4}.";
    kept: "The promise holds.", "الوعد قائم.";
    not_contradicted: "Nothing speaks against the promise; these comments are too few to prove it.",
        "لا شيء ينقض الوعد؛ والتعليقات أقل من أن تثبته.";
    by_chance: "That is more than was promised; with so few comments it may be chance.",
        "هذا أكثر مما وُعد به؛ وقد يكون صدفة لقلة التعليقات.";
    broken: "The promise is broken.", "الوعد منقوض.";
    bounds: "What cannot be ruled out is the exact one-sided upper bound at {0} confidence (Clopper and Pearson). Near repeats count once.",
        "ما لا يُستبعد هو الحد الأعلى الدقيق من جهة واحدة عند ثقة {0} (Clopper and Pearson). ويُحسب شبه المكرر مرة واحدة.";
    editors: "{0} of 100 go to the editors as criticism, whatever else becomes of them.",
        "يذهب {0} من كل 100 إلى المحررين بوصفها نقدا، أيا كان مصيرها.";
    unfamiliar: "{0} of 100 are held because the model knows too few of their words.",
        "يُعلَّق {0} من كل 100 لأن النموذج لا يعرف من كلماتها ما يكفي.";
    no_abusive: "Nothing is decided without a person: triage needs a class of its own named abusive, and this model has {0}.",
        "لا يُبَتّ في شيء دون إنسان: الفرز يحتاج إلى فئة مستقلة اسمها abusive، وفئات هذا النموذج {0}.";
    no_thresholds: "Nothing is decided without a person: there is no threshold that keeps what was asked.",
        "لا يُبَتّ في شيء دون إنسان: لا توجد عتبة تفي بالمطلوب.";
    no_publish: "Nothing is published without a person: no threshold keeps what was asked.",
        "لا يُنشر شيء دون إنسان: لا توجد عتبة تفي بالمطلوب.";
    no_reject: "Nothing is rejected without a person: no threshold keeps what was asked.",
        "لا يُرفض شيء دون إنسان: لا توجد عتبة تفي بالمطلوب.";
    needs: "It would take some {0} labelled comments like these.", "يلزم نحو {0} تعليق مصنف مثل هذه.";
    finds: "Of the comments that are {0}, {1} are labelled so; of those labelled so, {2} are.",
        "من التعليقات التي هي {0} يُصنَّف كذلك {1}؛ ومما صُنِّف كذلك {2} هو كذلك فعلا.";
    believe: "Probabilities are off by {0} on average (expected calibration error).",
        "متوسط انحراف الاحتمالات {0} (خطأ المعايرة المتوقع).";
    publish: "publish", "نشر";
    hold: "hold", "تعليق";
    reject: "reject", "رفض";

    confusion: "What comments are, and what they were labelled", "ما هي التعليقات وكيف صُنفت";
    confusion_help: "A row is what comments are, a column what they were labelled; the per cent are of the row. The diagonal is right.",
        "الصف هو حقيقة التعليق والعمود ما صُنف به؛ والنسبة من الصف. القطر هو الصواب.";
    is: "is", "هو";
    labelled: "labelled", "صُنف";
    precision: "precision", "الدقة";
    recall: "recall", "الاستدعاء";
    f1: "F1", "F1";
    auc: "ROC AUC", "ROC AUC";
    ap: "average precision", "متوسط الدقة";
    comments: "comments", "تعليقات";
    class: "class", "الفئة";
    macro_f1: "macro-F1", "macro-F1";

    ranking: "How well each class is told from the rest", "كيف تُميَّز كل فئة عن الباقي";
    ranking_help: "First, what share of the comments given a label are right (precision) where the label finds so many of those that are of the class (recall): the further to the upper right, the better. Then the ROC curve: what share is found at what share of false alarms among all others; the dashed line is guessing.",
        "في الأول نسبة الصواب مما صُنف بالفئة (الدقة) حين يُعثر على هذا القدر منها (الاستدعاء)؛ والأفضل أعلى اليمين. وفي الثاني منحنى ROC: كم يُعثر عليه عند كم من الإنذارات الكاذبة؛ والخط المتقطع هو التخمين.";
    pr_plot: "Precision and recall", "الدقة والاستدعاء";
    roc_plot: "ROC curve", "منحنى ROC";
    false_alarms: "false alarms", "إنذارات كاذبة";

    reliability: "Whether probabilities mean what they say", "هل تعني الاحتمالات ما تقول";
    reliability_help: "Comments are put together by the probability that was said (across); up is how often it was so. On the dashed line the two are the same. Bins of fewer than 10 comments are not drawn.",
        "تُجمع التعليقات بحسب الاحتمال المعلن (أفقيا)، وعموديا كم مرة صدق. على الخط المتقطع يتساويان. ولا تُرسم فئات فيها أقل من 10 تعليقات.";
    reliability_label: "The likeliest class", "الفئة الأرجح";
    reliability_class: "The class {0}", "الفئة {0}";
    before: "before calibration", "قبل المعايرة";
    after: "after calibration", "بعد المعايرة";
    said: "probability said", "الاحتمال المعلن";
    so: "how often so", "كم مرة صدق";
    log_loss: "log loss", "log loss";
    ece: "expected calibration error", "خطأ المعايرة المتوقع";

    slider: "How much can be decided, at which error", "كم يمكن البت فيه، وبأي خطأ";
    slider_help: "Move a threshold, and more comments are decided (across) at a greater error (up). Solid is what happened here, dashed what cannot be ruled out at {0} confidence; the pale lines are what was asked; rings are the model's thresholds.",
        "حرّك العتبة فيُبَتّ في تعليقات أكثر (أفقيا) بخطأ أكبر (عموديا). الخط المتصل ما حدث هنا، والمتقطع ما لا يُستبعد عند ثقة {0}؛ والخطوط الباهتة هي المطلوب؛ والحلقات عتبات النموذج.";
    slider_plot: "Share decided and error", "نسبة المبتوت فيه والخطأ";
    published_line: "published: abusive among them", "المنشور: المسيء منه";
    rejected_line: "rejected: not abusive among them", "المرفوض: غير المسيء منه";
    share_decided: "share of all comments", "النسبة من كل التعليقات";
    error: "error", "الخطأ";
    threshold: "threshold", "العتبة";
    decision: "decision", "القرار";
    asked: "asked", "المطلوب";
    observed: "observed", "الملاحظ";
    not_ruled_out: "not ruled out", "لا يُستبعد";
    share: "share", "النسبة";

    learning: "What more labels would bring", "ماذا تضيف تصنيفات أكثر";
    learning_help: "Models were trained on parts of the comments and tried on the same {0} comments of another fold (dots). The line is a power law through them, dashed where it is a guess. It knows of no limit, though wrong labels make one, so take it as the best case.",
        "دُربت نماذج على أجزاء من التعليقات وجُربت على {0} تعليق ثابتة من جزء آخر (النقاط). والخط قانون أُسّي يمر بها، متقطع حيث هو تخمين. لا يعرف حدا أعلى مع أن التصنيفات الخاطئة تضع حدا، فخذه على أنه أفضل الأحوال.";
    learning_gain: "1,000 comments more would add about {0} to macro-F1 ({1} to {2} where the comments tried on are drawn anew or one of the models is left out; other comments to learn from would move it further).",
        "إضافة 1,000 تعليق تزيد macro-F1 نحو {0} (من {1} إلى {2} إذا أُعيد سحب تعليقات التجربة أو تُرك أحد النماذج؛ وتعليقات تعلم أخرى تحركه أكثر).";
    learning_summary: "1,000 more labelled comments would add about {0} to macro-F1 (between {1} and {2}), at best.",
        "1,000 تعليق مصنف إضافي تزيد macro-F1 نحو {0} (بين {1} و{2})، في أحسن الأحوال.";
    learning_none: "There is no curve: models of parts of the comments could not be trained, or make no mistakes.",
        "لا منحنى: لم يمكن تدريب نماذج على أجزاء من التعليقات، أو أنها لا تخطئ.";
    learning_later: "The learning curve is measured when a model is trained: naqd-train --report.",
        "يُقاس منحنى التعلم عند تدريب النموذج: naqd-train --report.";
    learning_plot: "Learning curve", "منحنى التعلم";
    learnt_from: "comments learnt from", "تعليقات للتعلم";

    slices: "Where it is better, and where worse", "أين هو أفضل وأين أسوأ";
    slices_help: "By file, by script and by length. Of few comments, figures say little. ROC AUC is of a class against the rest; decided is the share published or rejected without a person, wrong the share of mistakes among these.",
        "بحسب الملف والخط والطول. الأرقام عن تعليقات قليلة لا تعني كثيرا. ROC AUC لفئة مقابل الباقي؛ والمبتوت فيه ما يُنشر أو يُرفض دون إنسان، والخطأ نسبة الأخطاء منه.";
    all: "all", "الكل";
    arabic: "mostly Arabic letters", "أكثر حروفه عربية";
    other: "mostly other letters", "أكثر حروفه غير عربية";
    words_to: "up to {0} words", "حتى {0} كلمة";
    words_from_to: "{0} to {1} words", "من {0} إلى {1} كلمة";
    words_more: "more than {0} words", "أكثر من {0} كلمة";
    decided_column: "decided", "المبتوت فيه";
    wrong_column: "wrong", "الخطأ";

    ngrams: "What weighs most", "ما له الوزن الأكبر";
    ngrams_help: "Words, pairs of neighbouring words, and parts of words (␣ is the boundary of a word), as the model folds them. The weight is what one adds to the log-odds of the class in a comment of median length, a word with all that stands in it. How often: comments here with it that are of the class, of all with it.",
        "كلمات وأزواج متجاورة وأجزاء كلمات (␣ حد الكلمة)، كما يوحدها النموذج. الوزن هو ما تضيفه إلى لوغاريتم رجحان الفئة في تعليق متوسط الطول، والكلمة مع كل ما فيها. والعدد: التعليقات هنا التي فيها وهي من الفئة، من كل ما هي فيه.";
    words_of: "words and pairs", "كلمات وأزواج";
    parts_of: "parts of words", "أجزاء كلمات";
    ngram: "n-gram", "المقطع";
    weight: "weight", "الوزن";
    of_class: "how often", "العدد";
    speaks_for: "speaks for", "يرجّح";

    surprises: "What should surprise", "ما يثير الدهشة";
    rare: "Great weight although rare", "وزن كبير مع ندرته";
    rare_help: "The heaviest words and pairs that stand in only 1 to 3 of these comments.",
        "أثقل الكلمات والأزواج التي لا ترد إلا في 1 إلى 3 من هذه التعليقات.";
    contrary: "Against its own count", "بعكس ما يقوله عدده";
    contrary_help: "The heaviest words and pairs in 5 comments or more that speak for a class although their own comments are of it less often than all comments are: other words in them explain more. A label or two may be wrong, or an innocent word suffer for its company.",
        "أثقل الكلمات والأزواج في 5 تعليقات أو أكثر ترجح فئة مع أن تعليقاتها منها أقل مما في كل التعليقات: تفسرها كلمات أخرى معها. قد يكون تصنيف خاطئا، أو كلمة بريئة تُؤخذ بجريرة جاراتها.";
    nothing: "There is none.", "لا شيء.";

    mistakes: "The most confident mistakes", "أوثق الأخطاء";
    mistakes_help: "Comments that the model labels wrongly and is surest of, by what they are and what they were taken for; the most frequent mistakes first. Words are marked in the colour of the class they speak for. Sometimes it is the comment's own label that is wrong.",
        "تعليقات أخطأ النموذج فيها وهو واثق، بحسب حقيقتها وما حُسبت؛ والأكثر تكرارا أولا. لُونت الكلمات بلون الفئة التي ترجحها. وقد يكون الخطأ في تصنيف التعليق نفسه.";
    taken_for: "{0} taken for {1}", "{0} حُسب {1}";

    suspects: "Labels that may be wrong", "تصنيفات قد تكون خاطئة";
    suspects_help: "By confident learning (Northcutt et al. 2021): the model is as sure of another class as it is of that class's own comments. {0} of {1} comments are of that kind; those most in doubt are here, with the words that speak against their label. naqd-audit lists all.",
        "بطريقة confident learning (Northcutt et al. 2021): النموذج واثق من فئة أخرى كثقته في تعليقاتها. {0} من {1} تعليق كذلك؛ وهنا أشدها شكا مع الكلمات التي تخالف تصنيفها. ويسردها naqd-audit كلها.";
    suspects_by_model: "If the model has learnt from these comments it believes their labels too readily, and finds fewer.",
        "إن كان النموذج قد تعلم من هذه التعليقات فهو يصدق تصنيفاتها بسهولة ويجد أقل.";
    rather: "{0}, rather {1}", "{0}، والأرجح {1}";
    contents: "Contents", "المحتويات";
}
