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
    title: "Quality of the model", "جودة النموذج";
    model: "Model", "النموذج";
    files: "Comments", "التعليقات";
    written_by: "Written by naqd {0}. This page is one file, loads nothing, and sends nothing.",
        "كتبه naqd {0}. هذه الصفحة ملف واحد، لا تحمّل شيئا ولا ترسل شيئا.";

    summary: "Summary", "الخلاصة";
    by_held_out: "Metrics are from {0} held-out comments: each was scored by a model that was trained on neither the comment nor its near-duplicates ({1} of 5 folds). The final model was trained on all {2} comments.",
        "المقاييس محسوبة على {0} تعليق محجوز عن التدريب: قيّم كلا منها نموذج لم يُدرَّب عليه ولا على ما يكاد يطابقه ({1} من 5 أجزاء). أما النموذج النهائي فدُرّب على كل التعليقات وعددها {2}.";
    by_model: "Metrics are from {0} labelled comments, scored by this model. If the model was trained on these comments, the metrics are too good.",
        "المقاييس محسوبة على {0} تعليق مصنف، قيّمها هذا النموذج. إن كان النموذج قد دُرّب على هذه التعليقات نفسها فالمقاييس أفضل من الحقيقة.";
    decided: "Of 100 comments, {0} are decided without a person: {1} are published and {2} rejected. The other {3} are held for a person.",
        "من كل 100 تعليق يُبَتّ في {0} دون تدخل إنسان: يُنشر {1} ويُرفض {2}. والباقي {3} ينتظر قرار إنسان.";
    error_published: "Of the published comments, {0} are abusive ({1} of {2}). The error bound is {3}; the upper confidence limit of the error is {4}.",
        "من التعليقات المنشورة {0} مسيء ({1} من {2}). حد الخطأ المسموح {3}، والحد الأعلى للثقة في الخطأ {4}.";
    error_rejected: "Of the rejected comments, {0} are not abusive ({1} of {2}). The error bound is {3}; the upper confidence limit of the error is {4}.",
        "من التعليقات المرفوضة {0} غير مسيء ({1} من {2}). حد الخطأ المسموح {3}، والحد الأعلى للثقة في الخطأ {4}.";
    kept: "The error bound holds.", "الخطأ ضمن الحد المسموح.";
    not_contradicted: "The error is below the bound, but these comments are too few to prove that the bound holds.",
        "الخطأ دون الحد المسموح، لكن عدد التعليقات لا يكفي لإثبات أنه لا يتجاوزه.";
    by_chance: "The error is above the bound, but with so few comments this may be chance.",
        "الخطأ فوق الحد المسموح، لكنه قد يكون مصادفة لقلة التعليقات.";
    broken: "The error bound is violated.", "تجاوز الخطأ الحد المسموح.";
    bounds: "The upper confidence limit is exact and one-sided, at {0} confidence (Clopper and Pearson). Near-duplicates count once.",
        "الحد الأعلى للثقة دقيق ومن جهة واحدة، عند مستوى ثقة {0} (Clopper and Pearson). والتعليقات التي تكاد تتطابق تُحسب مرة واحدة.";
    editors: "Of 100 comments, {0} are sent to the editors as criticism, whatever the decision.",
        "من كل 100 تعليق يُرسل {0} إلى المحررين لأنه نقد، أيا كان القرار.";
    unfamiliar: "Of 100 comments, {0} are held because the model knows too few of their words.",
        "من كل 100 تعليق يُعلَّق {0} لأن النموذج لا يعرف من كلماته ما يكفي.";
    no_abusive: "Nothing is decided without a person: triage needs a class of its own named abusive, and the classes of this model are {0}.",
        "لا يُبَتّ في شيء دون إنسان: الفرز يحتاج إلى فئة مستقلة اسمها abusive، وفئات هذا النموذج {0}.";
    no_thresholds: "Nothing is decided without a person: no threshold meets the error bounds.",
        "لا يُبَتّ في شيء دون إنسان: لا توجد عتبة تحقق حدّي الخطأ المسموحين.";
    no_publish: "Nothing is published without a person: no threshold meets the error bound.",
        "لا يُنشر شيء دون إنسان: لا توجد عتبة تحقق حد الخطأ المسموح.";
    no_reject: "Nothing is rejected without a person: no threshold meets the error bound.",
        "لا يُرفض شيء دون إنسان: لا توجد عتبة تحقق حد الخطأ المسموح.";
    needs: "About {0} labelled comments like these are needed, these included.", "يلزم نحو {0} تعليق مصنف مثل هذه، بما فيها هذه.";
    finds: "Class {0}: recall {1} (share of its comments that are found), precision {2} (share of the comments labelled so that are right).",
        "الفئة {0}: الاستدعاء {1} (نسبة ما عُثر عليه من تعليقاتها)، والدقة {2} (نسبة الصواب مما صُنف بها).";
    believe: "Probabilities differ from observed frequencies by {0} on average (expected calibration error).",
        "تختلف الاحتمالات عن التكرارات الملاحظة بمقدار {0} في المتوسط (خطأ المعايرة المتوقع).";
    publish: "publish", "نشر";
    hold: "hold", "تعليق";
    reject: "reject", "رفض";

    confusion: "Confusion matrix", "مصفوفة الخلط";
    confusion_help: "Rows: true label; columns: predicted label. Per cents are of the row. Correct predictions are on the diagonal.",
        "الصفوف: التصنيف الصحيح؛ والأعمدة: التصنيف المتوقع. النسب المئوية من الصف. والصواب على القطر.";
    is: "true", "الصحيح";
    labelled: "predicted", "المتوقع";
    precision: "precision", "الدقة";
    recall: "recall", "الاستدعاء";
    f1: "F1", "F1";
    auc: "ROC AUC", "ROC AUC";
    ap: "average precision", "متوسط الدقة";
    comments: "comments", "تعليقات";
    class: "class", "الفئة";
    macro_f1: "macro-F1", "macro-F1";

    ranking: "Precision-recall and ROC curves", "منحنيا الدقة والاستدعاء وROC";
    ranking_help: "Each class against the rest, over all thresholds. Precision-recall curve: the share of comments above the threshold that belong to the class (precision), by the share of the class that is above it (recall); better curves are further to the upper right. ROC curve: the share of the class above the threshold (recall), by the share of all other comments above it (false alarms); better curves are further to the upper left, and the dashed line is guessing.",
        "كل فئة مقابل الباقي، عند كل العتبات. منحنى الدقة والاستدعاء: نسبة ما ينتمي إلى الفئة مما فوق العتبة (الدقة)، مقابل نسبة ما فوقها من الفئة (الاستدعاء)؛ والأفضل أقرب إلى أعلى اليمين. ومنحنى ROC: نسبة ما فوق العتبة من الفئة (الاستدعاء)، مقابل نسبة ما فوقها من سائر التعليقات (الإنذارات الكاذبة)؛ والأفضل أقرب إلى أعلى اليسار، والخط المتقطع هو التخمين.";
    pr_plot: "Precision and recall", "الدقة والاستدعاء";
    roc_plot: "ROC curve", "منحنى ROC";
    false_alarms: "false alarms", "إنذارات كاذبة";

    reliability: "Calibration of the probabilities", "معايرة الاحتمالات";
    reliability_help: "Comments are grouped by predicted probability (across); the observed frequency of the class is up. On the dashed line the two are equal. Bins of fewer than 10 comments are not drawn.",
        "تُجمع التعليقات بحسب الاحتمال المتوقع (أفقيا)، والتكرار الملاحظ للفئة عموديا. على الخط المتقطع يتساويان. ولا تُرسم المجموعات التي فيها أقل من 10 تعليقات.";
    reliability_label: "Most probable class", "الفئة الأكثر احتمالا";
    reliability_class: "Class {0}", "الفئة {0}";
    before: "before calibration", "قبل المعايرة";
    after: "after calibration", "بعد المعايرة";
    said: "predicted probability", "الاحتمال المتوقع";
    so: "observed frequency", "التكرار الملاحظ";
    log_loss: "log loss", "log loss";
    ece: "expected calibration error", "خطأ المعايرة المتوقع";

    slider: "Share of comments decided, by error", "نسبة ما يُبَتّ فيه بحسب الخطأ";
    slider_help: "Another threshold decides more comments (across) at a greater error (up). Solid lines: error on these comments. Dashed lines: its upper confidence limit at {0} confidence. Pale lines: error bounds. Rings: thresholds of the model.",
        "عتبة أخرى تبتّ في تعليقات أكثر (أفقيا) بخطأ أكبر (عموديا). الخطوط المتصلة: الخطأ في هذه التعليقات. المتقطعة: حده الأعلى عند مستوى ثقة {0}. الباهتة: حدّا الخطأ المسموحان. الحلقات: عتبات النموذج.";
    slider_plot: "Share decided and error", "نسبة المبتوت فيه والخطأ";
    published_line: "published: share abusive", "المنشور: نسبة المسيء منه";
    rejected_line: "rejected: share not abusive", "المرفوض: نسبة غير المسيء منه";
    share_decided: "share of all comments", "النسبة من كل التعليقات";
    error: "error", "الخطأ";
    threshold: "threshold", "العتبة";
    decision: "decision", "القرار";
    asked: "error bound", "حد الخطأ المسموح";
    observed: "observed error", "الخطأ الملاحظ";
    not_ruled_out: "upper confidence limit", "الحد الأعلى للثقة";
    share: "share", "النسبة";

    learning: "Learning curve: gain of more labels", "منحنى التعلم: فائدة تصنيفات أكثر";
    learning_help: "Dots: macro-F1 of models trained on parts of the comments, tested on the same {0} comments of another fold. Line: power law fitted to the dots, dashed where it is extrapolated. A power law has no upper limit, although wrong labels set one, so the forecast is the best case.",
        "النقاط: macro-F1 لنماذج دُربت على أجزاء من التعليقات واختُبرت على {0} تعليق واحدة للجميع من جزء آخر. الخط: قانون قوى يوافق النقاط، متقطع حيث هو استقراء. ليس لقانون القوى حد أعلى، مع أن التصنيفات الخاطئة تضع حدا، فالتقدير هو أفضل الأحوال.";
    learning_gain: "1,000 more labelled comments would add about {0} to macro-F1. Range: {1} to {2}, over bootstrap samples of the test comments and over leaving out one of the models. The choice of training comments is not part of the range.",
        "إضافة 1,000 تعليق مصنف تزيد macro-F1 بنحو {0}. المدى: من {1} إلى {2}، عند إعادة سحب تعليقات الاختبار وعند ترك أحد النماذج. ولا يشمل المدى أثر اختيار تعليقات التدريب.";
    learning_summary: "1,000 more labelled comments would add about {0} to macro-F1 at best (range {1} to {2}).",
        "إضافة 1,000 تعليق مصنف تزيد macro-F1 بنحو {0} في أحسن الأحوال (المدى من {1} إلى {2}).";
    learning_none: "No curve: models could not be trained on parts of the comments, or they make no mistakes.",
        "لا منحنى: لم يمكن تدريب نماذج على أجزاء من التعليقات، أو أنها لا تخطئ.";
    learning_later: "The learning curve is measured when a model is trained: naqd-train --report.",
        "يُقاس منحنى التعلم عند تدريب النموذج: naqd-train --report.";
    learning_plot: "Learning curve", "منحنى التعلم";
    learnt_from: "training comments", "تعليقات التدريب";

    slices: "Metrics by file, script and length", "المقاييس بحسب الملف والخط والطول";
    slices_help: "Metrics of few comments are uncertain. ROC AUC: the class against the rest. Decided: share published or rejected without a person. Wrong: share of mistakes among the decided.",
        "المقاييس عن تعليقات قليلة غير مؤكدة. ROC AUC: الفئة مقابل الباقي. المبتوت فيه: نسبة ما يُنشر أو يُرفض دون إنسان. الخطأ: نسبة الأخطاء من المبتوت فيه.";
    all: "all", "الكل";
    arabic: "mostly Arabic letters", "أكثر حروفه عربية";
    other: "mostly other letters", "أكثر حروفه غير عربية";
    words_to: "up to {0} words", "حتى {0} كلمة";
    words_from_to: "{0} to {1} words", "من {0} إلى {1} كلمة";
    words_more: "more than {0} words", "أكثر من {0} كلمة";
    decided_column: "decided", "المبتوت فيه";
    wrong_column: "wrong", "الخطأ";

    ngrams: "N-grams with the greatest weights", "المقاطع ذات الأوزان الأكبر";
    ngrams_help: "Words, pairs of neighbouring words, and parts of words (␣: boundary of a word), in normalised spelling. Weight: what one occurrence adds to the log-odds of the class in a comment of median length; for a word, including its parts. Count: comments here with the n-gram that are of the class / all comments here with it.",
        "كلمات وأزواج متجاورة وأجزاء كلمات (␣: حد الكلمة)، بإملاء موحّد. الوزن: ما يضيفه ورود واحد إلى لوغاريتم رجحان الفئة في تعليق متوسط الطول؛ ويشمل وزن الكلمة أجزاءها. العدد: التعليقات هنا التي فيها المقطع وهي من الفئة / كل التعليقات هنا التي هو فيها.";
    words_of: "words and pairs", "كلمات وأزواج";
    parts_of: "parts of words", "أجزاء كلمات";
    ngram: "n-gram", "المقطع";
    weight: "weight", "الوزن";
    of_class: "count", "العدد";
    speaks_for: "speaks for", "يرجّح";

    surprises: "Surprising weights", "أوزان تثير الدهشة";
    rare: "Great weight, rare", "وزن كبير مع ندرته";
    rare_help: "Words and pairs with the greatest weights among those in only 1 to 3 of these comments.",
        "الكلمات والأزواج ذات الأوزان الأكبر مما لا يرد إلا في 1 إلى 3 من هذه التعليقات.";
    contrary: "Weight against the count", "وزن بعكس العدد";
    contrary_help: "Words and pairs in at least 5 comments that speak for a class, although that class is rarer among their comments than among all comments. Other words in these comments explain their labels. A few labels may be wrong, or a harmless word has a wrong weight because of its neighbours.",
        "كلمات وأزواج في 5 تعليقات على الأقل ترجح فئة، مع أن نسبة هذه الفئة في تعليقاتها أقل من نسبتها في كل التعليقات. تفسّر تصنيفها كلمات أخرى فيها. قد تكون بعض التصنيفات خاطئة، أو نالت كلمة بريئة وزنا خاطئا بسبب جاراتها.";
    nothing: "None.", "لا شيء.";

    mistakes: "Most confident mistakes", "الأخطاء الأكثر ثقة";
    mistakes_help: "Wrongly labelled comments with the highest probabilities, grouped by true and predicted label; the most frequent pair first. Words have the colour of the class that they speak for. Sometimes the label of the comment is wrong, not the model.",
        "تعليقات أخطأ النموذج فيها بأعلى الاحتمالات، مجموعة بحسب التصنيف الصحيح والمتوقع؛ والأكثر تكرارا أولا. لُونت الكلمات بلون الفئة التي ترجحها. وقد يكون الخطأ في تصنيف التعليق لا في النموذج.";
    taken_for: "true {0}, predicted {1}", "الصحيح {0}، والمتوقع {1}";

    suspects: "Labels that may be wrong", "تصنيفات قد تكون خاطئة";
    suspects_help: "Found by confident learning (Northcutt et al. 2021): the model is as confident of another class as it is, on average, of comments with that class. {0} of {1} comments are suspect; the most suspicious are shown, with the words that speak against their label. naqd-audit lists all.",
        "بطريقة confident learning (Northcutt et al. 2021): ثقة النموذج بفئة أخرى كمتوسط ثقته بها في تعليقاتها. {0} من {1} تعليق مشتبه فيها؛ وتُعرض هنا أشدها شبهة مع الكلمات التي تخالف تصنيفها. ويسردها naqd-audit كلها.";
    suspects_by_model: "A model that was trained on these comments agrees with their labels too often, so fewer are found.",
        "النموذج الذي دُرّب على هذه التعليقات يوافق تصنيفاتها أكثر مما ينبغي، فيجد أقل.";
    rather: "label {0}, probably {1}", "التصنيف {0}، والأرجح {1}";
    contents: "Contents", "المحتويات";
}
