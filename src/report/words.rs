//! Texts of the page, in English and Arabic.
//!
//! `{0}`, `{1}`, ... are placeholders for numbers and names, `{0%}` for a number in per cent, and `{0 comments}` (in Arabic
//! `{0 تعليقين}`) for a number with its noun: see `grammar`.

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

impl Words {
    /// Comments of a script, within a sentence.
    pub(crate) fn script(&self, script: &str) -> &'static str {
        if script == "arabic" { self.in_arabic } else { self.in_other }
    }

    /// Comments of a script, as a heading.
    pub(crate) fn script_title(&self, script: &str) -> &'static str {
        if script == "arabic" { self.title_arabic } else { self.title_other }
    }

    /// Sentence as one about the comments of a script alone; as it is if there is none.
    pub(crate) fn about(&self, script: Option<&str>, sentence: &str) -> String {
        let Some(script) = script else { return sentence.to_owned() };
        let mut letters = sentence.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_lowercase).collect();
        format!("{} {first}{}", self.fill(self.for_script, &[self.script(script)]), letters.as_str())
    }
}

macro_rules! words {
    ($($name:ident: $english:literal, $arabic:literal;)*) => {
        /// Texts of the page.
        pub(crate) struct Words {
            $(pub(crate) $name: &'static str,)*
        }
        const ENGLISH: Words = Words { $($name: $english,)* };
        const ARABIC: Words = Words { $($name: $arabic,)* };
        /// Name and texts of each entry.
        #[cfg(test)]
        pub(crate) const TEXTS: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $arabic),)*];
    };
}

words! {
    lang: "en", "ar";
    dir: "ltr", "rtl";
    // Attribute of table cells with numbers, so that signs stand on their side of them.
    cell: "", " dir=\"ltr\"";
    title: "Quality of the model", "جودة النموذج";
    model: "Model", "النموذج";
    files: "Comments", "التعليقات";
    written_by: "Written by naqd {0}. This page is one file, loads nothing, and sends nothing.",
        "أعدّ هذه الصفحة برنامج \u{2066}naqd {0}\u{2069}. وهي ملف واحد لا يحمّل شيئًا من خارجه ولا يرسل شيئًا.";

    summary: "Summary", "الخلاصة";
    by_held_out: "Metrics are from {0 held-out comments}: each was scored by a model that was trained on neither the comment nor its near-duplicates ({1} of 5 folds). The final model was trained on {2 comments}.",
        "حُسبت المقاييس على {0 تعليقين محجوزين عن التدريب}: قيّم كلَّ تعليق نموذجٌ لم يتدرب عليه ولا على ما يكاد يطابقه ({1} من 5 أجزاء). أما النموذج النهائي فتدرب على {2 تعليقين}.";
    by_model: "Metrics are from {0 labelled comments}, scored by this model. If the model was trained on these comments, the metrics are too good.",
        "حُسبت المقاييس على {0 تعليقين مصنفين}، والتقييم لهذا النموذج نفسه. وإن كان قد تدرب على هذه التعليقات نفسها فالمقاييس أفضل من الواقع.";
    decided: "Of 100 comments, {0} are decided without a person: {1} are published and {2} rejected. The other {3} are held for a person.",
        "يُبَتّ في {0%} من التعليقات دون تدخل بشري: يُنشر {1%} ويُرفض {2%}. ويبقى {3%} في الانتظار حتى يراجعه محرر.";
    error_published: "Of the published comments, {0} are abusive ({1} of {2}). The error bound is {3}; the upper confidence limit of the error is {4}.",
        "نسبة المسيء بين التعليقات المنشورة {0} ({1} من {2 تعليقين}). حد الخطأ المسموح به {3}، وحد الثقة الأعلى للخطأ {4}.";
    error_rejected: "Of the rejected comments, {0} are not abusive ({1} of {2}). The error bound is {3}; the upper confidence limit of the error is {4}.",
        "نسبة غير المسيء بين التعليقات المرفوضة {0} ({1} من {2 تعليقين}). حد الخطأ المسموح به {3}، وحد الثقة الأعلى للخطأ {4}.";
    kept: "The error bound holds.", "الخطأ ضمن الحد المسموح به.";
    not_contradicted: "The error is below the bound, but these comments are too few to prove that the bound holds.",
        "الخطأ دون الحد المسموح به، لكن هذه التعليقات أقل من أن تثبت أنه لا يتجاوزه.";
    by_chance: "The error is above the bound, but with so few comments this may be chance.",
        "الخطأ فوق الحد المسموح به، لكنه قد يكون مصادفة لقلة التعليقات.";
    broken: "The error bound is violated.", "تجاوز الخطأ الحد المسموح به.";
    bounds: "The upper confidence limit is exact and one-sided, at {0} confidence (Clopper and Pearson). Near-duplicates count once.",
        "حد الثقة الأعلى محسوب بدقة ومن جهة واحدة، عند مستوى ثقة {0} (طريقة كلوبر وبيرسون). والتعليقات التي تكاد تتطابق تُحسب مرة واحدة.";
    editors: "Of 100 comments, {0} are sent to the editors as criticism, whatever the decision.",
        "يُحال {0%} من التعليقات إلى المحررين لأن فيها نقدًا، أيًّا كان القرار.";
    unfamiliar: "Of 100 comments, {0} are held because the model knows too few of their words.",
        "يوضع {0%} من التعليقات في الانتظار لأن النموذج لا يعرف من كلماتها ما يكفي.";
    guarded: "Of 100 comments, {0} are held and not rejected because one word alone, or what they quote, makes them abusive.",
        "يوضع {0%} من التعليقات في الانتظار ولا يُرفض، لأن كلمة واحدة وحدها، أو ما تقتبسه من كلام غيرها، تجعلها مسيئة.";
    no_abusive: "Nothing is decided without a person: triage needs a class of its own named abusive, and the classes of this model are {0}.",
        "لا يُبَتّ في أي تعليق دون تدخل بشري: يحتاج الفرز إلى فئة مستقلة اسمها \u{2066}abusive\u{2069}، وفئات هذا النموذج: {0}.";
    no_thresholds: "Nothing is decided without a person: no threshold meets the error bounds.",
        "لا يُبَتّ في أي تعليق دون تدخل بشري: لا توجد عتبة تحقق حدَّي الخطأ المسموح بهما.";
    no_publish: "Nothing is published without a person: no threshold meets the error bound.",
        "لا يُنشر أي تعليق دون تدخل بشري: لا توجد عتبة تحقق حد الخطأ المسموح به.";
    no_reject: "Nothing is rejected without a person: no threshold meets the error bound.",
        "لا يُرفض أي تعليق دون تدخل بشري: لا توجد عتبة تحقق حد الخطأ المسموح به.";
    nothing_promised: "Nothing is decided without a person: no useful guarantee can be given with these comments.",
        "لا يُبَتّ في أي تعليق دون تدخل بشري: لا تتيح هذه التعليقات أي ضمان مفيد.";
    published_error: "Of the published comments, {0} are abusive ({1} of {2}); at most {3} is guaranteed.",
        "نسبة المسيء بين التعليقات المنشورة {0} ({1} من {2 تعليقين})، والمضمون ألا تتجاوز {3}.";
    published_error_at: "If {0} of the comments are abusive, as was stated, about {1} of the published ones are abusive; at most {2} is guaranteed.",
        "إذا كان المسيء {0} من التعليقات، كما ذُكر عند التدريب، فنسبته بين المنشور نحو {1}، والمضمون ألا تتجاوز {2}.";
    abuse_through: "Of all abuse, {0} would be published ({1} of {2}).",
        "ومن كل التعليقات المسيئة يُنشر {0} ({1} من {2 تعليقين}).";
    through_promised: "It is guaranteed that at most {0} of all abuse is published.",
        "والمضمون ألا يُنشر أكثر من {0} من كل التعليقات المسيئة.";
    rejected_error: "Of the rejected comments, {0} are not abusive ({1} of {2}); at most {3} is guaranteed.",
        "نسبة غير المسيء بين التعليقات المرفوضة {0} ({1} من {2 تعليقين})، والمضمون ألا تتجاوز {3}.";
    rejected_error_at: "If {0} of the comments are abusive, as was stated, about {1} of the rejected ones are not abusive; at most {2} is guaranteed.",
        "إذا كان المسيء {0} من التعليقات، كما ذُكر عند التدريب، فنسبة غير المسيء بين المرفوض نحو {1}، والمضمون ألا تتجاوز {2}.";
    criticism_through: "Of all criticism and other comments that are not abusive, {0} would be rejected ({1} of {2}).",
        "ومن كل النقد وسائر التعليقات غير المسيئة يُرفض {0} ({1} من {2 تعليقين}).";
    others_through: "Of all comments that are not abusive, {0} would be rejected ({1} of {2}).",
        "ومن كل التعليقات غير المسيئة يُرفض {0} ({1} من {2 تعليقين}).";
    publish_not_promised: "Nothing is published without a person: these comments cannot guarantee that at most {0} of the published ones are abusive.",
        "لا يُنشر أي تعليق دون تدخل بشري: لا تكفي هذه التعليقات لضمان ألا يتجاوز المسيء {0} من المنشور.";
    reject_not_promised: "Nothing is rejected without a person: these comments cannot guarantee that at most {0} of the rejected ones are not abusive.",
        "لا يُرفض أي تعليق دون تدخل بشري: لا تكفي هذه التعليقات لضمان ألا يتجاوز غير المسيء {0} من المرفوض.";
    publish_empty: "Nothing is published without a person: a guarantee that at most {0} of the published comments are abusive says nothing, since publishing every comment would keep it.",
        "لا يُنشر أي تعليق دون تدخل بشري: لا معنى لضمان ألا يتجاوز المسيء {0} من المنشور، إذ يتحقق ذلك حتى لو نُشرت التعليقات كلها.";
    reject_empty: "Nothing is rejected without a person: a guarantee that at most {0} of the rejected comments are not abusive says nothing, since rejecting every comment would keep it.",
        "لا يُرفض أي تعليق دون تدخل بشري: لا معنى لضمان ألا يتجاوز غير المسيء {0} من المرفوض، إذ يتحقق ذلك حتى لو رُفضت التعليقات كلها.";
    both_promised: "Each guarantee has {0} confidence; both hold together with at least {1} confidence.",
        "مستوى الثقة في كل ضمان على حدة {0}، وفي الضمانين معًا {1} على الأقل.";
    one_promised: "The guarantee has {0} confidence.", "مستوى الثقة في هذا الضمان {0}.";
    shares_help: "How the errors depend on the share of your comments that are abusive; the guarantees are for the share in the first row.",
        "نسبة الخطأ بحسب نسبة المسيء في تعليقات موقعك. والضمان لا يسري إلا على النسبة المذكورة في السطر الأول.";
    share_of_abuse: "share of abuse", "نسبة المسيء في التعليقات";
    share_here: "as in these comments",
        "كما في هذه التعليقات";
    warning: "Warning:", "تحذير:";
    // Beginning of a sentence that is about one script only; headings.
    for_script: "For {0},", "في {0}:";
    all_comments: "All comments", "التعليقات كلها";
    title_arabic: "Comments in Arabic script", "التعليقات المكتوبة بالحروف العربية";
    title_other: "Comments not in Arabic script", "التعليقات المكتوبة بحروف غير عربية، كاللاتينية";
    in_arabic: "comments in Arabic script", "التعليقات المكتوبة بالحروف العربية";
    in_other: "comments not in Arabic script", "التعليقات المكتوبة بحروف غير عربية، كاللاتينية";
    publish_broken: "The guarantee does not hold for {0}: of those published, {1} are abusive ({2} of {3}). At most {4} is guaranteed for all comments together, not for these alone.",
        "لا يصح الضمان في {0}: نسبة المسيء في المنشور منها {1} ({2} من {3 تعليقين}). أما ضمان ألا تتجاوز {4} فيخص التعليقات كلها مجتمعة، لا هذه وحدها.";
    reject_broken: "The guarantee does not hold for {0}: of those rejected, {1} are not abusive ({2} of {3}). At most {4} is guaranteed for all comments together, not for these alone.",
        "لا يصح الضمان في {0}: نسبة غير المسيء في المرفوض منها {1} ({2} من {3 تعليقين}). أما ضمان ألا تتجاوز {4} فيخص التعليقات كلها مجتمعة، لا هذه وحدها.";
    chosen_on: "Decisions and their errors are counted on {0 comments} that nothing was learnt from ({1} of all; {2} without near-duplicates). They alone chose the thresholds.",
        "حُسبت القرارات وأخطاؤها على {0 تعليقين} لم يتعلم منها النموذج شيئًا ({1} من المجموع، وعددها {2} إذا حُسب ما يكاد يتطابق مرة واحدة). وبها وحدها اختيرت العتبتان.";
    chosen_on_files: "Decisions and their errors are counted on {0 comments} of {1} that nothing was learnt from; they alone chose the thresholds, near-duplicates counted once.",
        "حُسبت القرارات وأخطاؤها على {0 تعليقين} من {1} لم يتعلم منها النموذج شيئًا؛ وهي وحدها التي اختيرت بها العتبتان، وما يكاد يتطابق منها يُحسب مرة واحدة.";
    beside: "This model and the one it started from", "هذا النموذج والنموذج الذي انطلق منه";
    // Names of the other model: the shipped one, one of a file, any.
    shipped: "the shipped model", "النموذج المرفق بالبرنامج";
    model_file: "the model {0}", "النموذج {0}";
    model_before: "the model that it started from", "النموذج الذي انطلق منه";
    started_from: "This model learnt from these comments on top of {0}.", "تعلّم هذا النموذج من هذه التعليقات انطلاقًا من {0}.";
    only_arabic: "All of them are in Arabic script; other comments are judged as before.",
        "وكلها مكتوبة بالحروف العربية، أما غيرها فيُصنَّف كما كان.";
    only_other: "None of them is in Arabic script; comments in Arabic script are judged as before.",
        "وكلها مكتوبة بحروف غير عربية، أما المكتوب بالحروف العربية فيُصنَّف كما كان.";
    left_known: "Left out: {0 comments} that {1} has learnt already.", "واستُبعد ما سبق أن تعلّمه {1}: {0 تعليقان}.";
    left_script: "Left out: {0 comments}, too few of their script to learn from.",
        "واستُبعد ما كُتب بحروف أخرى لقلّة عدده: {0 تعليقان}.";
    beside_help: "Both on the same {0 held-out comments}, which neither has learnt from.",
        "المقارنة على {0 تعليقين محجوزين عن التدريب}، هي نفسها للنموذجين، ولم يتعلم منها أيٌّ منهما.";
    beside_decided: "The share decided is of the {0 comments} that nothing was learnt from.",
        "أما نسبة ما يُبَتّ فيه فمن {0 تعليقين} لم يتعلم منها النموذج شيئًا.";
    own_column: "this model", "هذا النموذج";
    other_column: "{0}, alone", "{0} وحده";
    f1_of: "F1 of {0}", "مقياس \u{2066}F1\u{2069} للفئة «{0}»";
    auc_of: "ROC AUC of {0}", "المساحة تحت المنحنى للفئة «{0}»";
    decided_alone: "decided without a person", "ما يُبَتّ فيه دون تدخل بشري";
    beside_better: "On these comments this model is better than {0} alone.",
        "هذا النموذج أفضل في هذه التعليقات من {0} وحده.";
    beside_same: "On these comments this model is neither better nor worse than {0} alone.",
        "لا فرق في هذه التعليقات بين هذا النموذج و{0} وحده.";
    beside_labels: "Neither is better in everything: this model labels better (greater F1), but the probabilities of {0} alone are better (smaller log loss).",
        "ليس أحدهما أفضل في كل شيء: تصنيف هذا النموذج أدق (قيمة \u{2066}F1\u{2069} أعلى)، لكن احتمالات {0} وحده أدق (خسارة لوغاريتمية أقل).";
    beside_probabilities: "Neither is better in everything: the probabilities of this model are better (smaller log loss), but {0} alone labels better (greater F1).",
        "ليس أحدهما أفضل في كل شيء: احتمالات هذا النموذج أدق (خسارة لوغاريتمية أقل)، لكن تصنيف {0} وحده أدق (قيمة \u{2066}F1\u{2069} أعلى).";
    beside_worse: "On these comments this model is worse than {0} alone.",
        "هذا النموذج أسوأ في هذه التعليقات من {0} وحده.";
    beside_unchanged: "The weights are those of {0}, unchanged: these comments are too few, or too much like those that it knows, to improve on them.",
        "بقيت الأوزان كما هي في {0}: هذه التعليقات أقل من أن تحسّنها، أو لا تكاد تختلف عما يعرفه.";
    beside_calibrated: "Only the calibration is fitted to these comments.", "وعليها ضُبطت المعايرة وحدها.";
    step_worse: "Use {0} instead of this model. Look for labels that contradict one another with {1}, or label more comments, and train again.",
        "استعمل {0} بدلًا من هذا النموذج. وابحث بالأمر {1} عن تصنيفات متناقضة، أو صنّف المزيد من التعليقات، ثم أعد التدريب.";
    step_worse_script: "This model is worse than {0}: look for labels that contradict one another with {1}, or label more comments, and train again.",
        "هذا النموذج أسوأ من {0}: ابحث بالأمر {1} عن تصنيفات متناقضة، أو صنّف المزيد من التعليقات، ثم أعد التدريب.";
    step_unchanged: "Label a few hundred comments more and train again: from these nothing new could be learnt. Look for labels that contradict one another with {0}.",
        "صنّف بضع مئات أخرى من التعليقات وأعد التدريب، فلم يكن في هذه جديد يُتعلَّم. وابحث بالأمر {0} عن تصنيفات متناقضة.";
    nothing_classes: "This model started from nothing: its classes ({0}) are not those of the model that it was to learn on top of.",
        "بدأ هذا النموذج من الصفر: ففئاته ({0}) غير فئات النموذج الذي كان سينطلق منه.";
    nothing_known: "This model started from nothing: the model that it was to learn on top of has learnt {0} of these comments already, so that it cannot be validated on them.",
        "بدأ هذا النموذج من الصفر: فالنموذج الذي كان سينطلق منه تعلّم من قبل من {0 تعليقين} من هذه التعليقات، فلا تصلح لاختباره.";

    inherited_nothing: "Nothing is decided without a person: by the thresholds of {0} all of these comments are held.",
        "لا يُبَتّ في أي تعليق دون تدخل بشري: عتبتا {0} تضعان هذه التعليقات كلها في الانتظار.";
    inherited: "The thresholds are those of {0}, since these comments can give no guarantee of their own.",
        "العتبتان هما عتبتا {0}، لأن هذه التعليقات لا تتيح ضمانًا خاصًّا بها.";
    inherited_one: "One of the thresholds is that of {0}, since these comments can give no guarantee of their own there.",
        "إحدى العتبتين هي عتبة {0}، لأن هذه التعليقات لا تتيح في ذلك ضمانًا خاصًّا بها.";
    inherited_publish: "At most {0} abusive among the published is guaranteed for the comments of that model, not for these.",
        "المضمون ألا يتجاوز المسيء {0} من المنشور في تعليقات ذلك النموذج، لا في هذه التعليقات.";
    published_here: "Here {0} of the published are abusive ({1} of {2}): measured, not guaranteed.",
        "أما هنا فنسبة المسيء بين التعليقات المنشورة {0} ({1} من {2 تعليقين})، وهذا قياس لا ضمان.";
    inherited_reject: "At most {0} not abusive among the rejected is guaranteed for the comments of that model, not for these.",
        "المضمون ألا يتجاوز غير المسيء {0} من المرفوض في تعليقات ذلك النموذج، لا في هذه التعليقات.";
    rejected_here: "Here {0} of the rejected are not abusive ({1} of {2}): measured, not guaranteed.",
        "أما هنا فنسبة غير المسيء بين التعليقات المرفوضة {0} ({1} من {2 تعليقين})، وهذا قياس لا ضمان.";
    inherited_publish_broken: "Nothing is published: the threshold of {0} errs too much on these comments and is switched off. Of those that it would publish, {1} are abusive ({2} of {3}). For its own comments at most {4} is guaranteed.",
        "لا يُنشر شيء دون تدخل بشري: عتبة {0} كثيرة الخطأ في هذه التعليقات، ولذلك عُطّلت. فنسبة المسيء في ما كانت ستنشره منها {1} ({2} من {3 تعليقين}). أما في تعليقاته هو فالمضمون ألا تتجاوز {4}.";
    inherited_reject_broken: "Nothing is rejected: the threshold of {0} errs too much on these comments and is switched off. Of those that it would reject, {1} are not abusive ({2} of {3}). For its own comments at most {4} is guaranteed.",
        "لا يُرفض شيء دون تدخل بشري: عتبة {0} كثيرة الخطأ في هذه التعليقات، ولذلك عُطّلت. فنسبة غير المسيء في ما كانت سترفضه منها {1} ({2} من {3 تعليقين}). أما في تعليقاته هو فالمضمون ألا تتجاوز {4}.";
    inherited_on: "Decisions and their errors are counted on {0 comments} that nothing was learnt from ({1} of all); the thresholds were not chosen on them.",
        "حُسبت القرارات وأخطاؤها على {0 تعليقين} لم يتعلم منها النموذج شيئًا ({1} من المجموع)، لكن العتبتين لم تُختارا بها.";
    inherited_held_out: "Decisions and their errors are counted on the held-out comments; the thresholds were not chosen on them.",
        "حُسبت القرارات وأخطاؤها على التعليقات المحجوزة، لكن العتبتين لم تُختارا بها.";
    slices_inherited: "These last two are of the comments that nothing was learnt from.",
        "وهذان العمودان الأخيران من التعليقات التي لم يتعلم منها النموذج شيئًا.";
    slider_inherited: "The errors are of these comments; the error bounds are those of {0}, for its own comments.",
        "والأخطاء لهذه التعليقات، أما حدّا الخطأ المسموح بهما فمن {0}، وهما لتعليقاته.";
    step_publish_own: "For a guarantee on what is published of your own comments:",
        "ليكون الضمان لما يُنشر من تعليقاتك أنت:";
    step_reject_own: "For a guarantee on what is rejected of your own comments:",
        "ليكون الضمان لما يُرفض من تعليقاتك أنت:";
    way_publish_own: "accept up to {0} abusive comments among the published ones (try {1})",
        "اقبل أن تبلغ نسبة المسيء {0} من المنشور (جرّب الخيار {1} عند التدريب)";
    way_reject_own: "accept up to {0} innocent comments among the rejected ones (try {1})",
        "اقبل أن تبلغ نسبة غير المسيء {0} من المرفوض (جرّب الخيار {1} عند التدريب)";
    step_publish_empty_own: "For a guarantee on what is published of your own comments: limit how much of all abuse gets through, for example with {0}. The error that you allow would hold even if every comment were published.",
        "ليكون الضمان لما يُنشر من تعليقاتك أنت: ضع حدًّا لما يُنشر من كل التعليقات المسيئة، مثلًا بالخيار {0}. فالخطأ الذي تسمح به لا يُتجاوز حتى لو نُشرت التعليقات كلها.";
    step_reject_empty_own: "For a guarantee on what is rejected of your own comments: ask for a smaller error with {0}. The error that you allow would hold even if every comment were rejected.",
        "ليكون الضمان لما يُرفض من تعليقاتك أنت: اطلب نسبة خطأ أصغر بالخيار {0}. فالخطأ الذي تسمح به لا يُتجاوز حتى لو رُفضت التعليقات كلها.";
    steps: "What to do now", "ما العمل الآن؟";
    step_script: "Before naqd decides alone on {0}, label more of them and train again, or ask for a smaller error with {1}.",
        "قبل أن يبتّ البرنامج وحده في {0}، صنّف المزيد منها وأعد التدريب، أو اطلب نسبة خطأ أصغر بالخيار {1}.";
    step_publish: "So that naqd can publish:", "ليتمكن البرنامج من النشر:";
    step_reject: "So that naqd can reject:", "ليتمكن البرنامج من الرفض:";
    way_publish: "accept up to {0} abusive comments among the published ones instead of {1} (try {2})",
        "اقبل أن تبلغ نسبة المسيء {0} من المنشور بدلًا من {1} (جرّب الخيار {2} عند التدريب)";
    way_reject: "accept up to {0} innocent comments among the rejected ones instead of {1} (try {2})",
        "اقبل أن تبلغ نسبة غير المسيء {0} من المرفوض بدلًا من {1} (جرّب الخيار {2} عند التدريب)";
    way_label: "label about {0 more comments} like these",
        "صنّف نحو {0 تعليقين آخرين} من هذا النوع";
    way_consistent: "make the labels more consistent; {0} lists those that may be wrong",
        "اجعل التصنيفات أكثر اتساقًا، ويسرد {0} ما قد يكون خاطئًا منها";
    or_else: ", or ", "، أو ";
    more_do_not_help: "More comments alone would not help.", "ولا تكفي لذلك زيادة التعليقات وحدها.";
    step_publish_empty: "So that naqd can publish: limit how much of all abuse gets through, for example with {1}. “At most {0} abusive” alone would hold even if every comment were published.",
        "ليتمكن البرنامج من النشر: ضع حدًّا لما يُنشر من كل التعليقات المسيئة، مثلًا بالخيار {1}. فالحد {0} وحده يتحقق حتى لو نُشرت التعليقات كلها.";
    step_reject_empty: "So that naqd can reject: ask for a smaller error with {1}. “At most {0} not abusive” would hold even if every comment were rejected.",
        "ليتمكن البرنامج من الرفض: اطلب نسبة خطأ أصغر بالخيار {1}. فالحد {0} يتحقق حتى لو رُفضت التعليقات كلها.";
    step_share: "Find out how much of what your readers write is abusive: label 200 comments drawn at random, then train again and state the share with {0}. Where little is abusive, more of the rejected comments are harmless.",
        "اعرف نسبة المسيء فيما يكتبه قراؤك: صنّف 200 تعليق مختارة عشوائيًّا، ثم أعد التدريب واذكر النسبة بالخيار {0}. فكلما قلّ المسيء زاد نصيب التعليقات البريئة من المرفوض.";
    step_contradictions: "Clear up {0 contradictory labels}: the same text has two labels that exclude each other. {1} says where; keep one label for each text.",
        "صحّح {0 تصنيفين متناقضين}: نص واحد له تصنيفان لا يجتمعان. وتدل رسائل {1} على مواضعه؛ فأبقِ لكل نص تصنيفًا واحدًا.";
    step_class: "Name the class of abuse {0}, for example with {1} in training. Without it naqd decides nothing.",
        "سمِّ فئة الإساءة {0}، مثلًا بالخيار {1} عند التدريب. فمن دونها لا يبتّ البرنامج في شيء.";
    step_watch: "In the first week let naqd only watch, with {0}: it writes what it would have done, and nothing is published or rejected by it. Then label some hundred new comments drawn at random, and see with {1} whether the guarantees hold.",
        "في الأسبوع الأول دع البرنامج يراقب فقط، بالأمر {0}: يكتب ما كان سيفعله، ولا ينشر شيئًا ولا يرفضه. ثم صنّف بضع مئات من التعليقات الجديدة مختارة عشوائيًّا، وتحقق بالأمر {1} من صحة الضمان.";
    finds: "Class {0}: recall {1} (share of its comments that are found), precision {2} (share of the comments labelled so that are right).",
        "يكتشف النموذج {1} من تعليقات الفئة «{0}» (الاستدعاء)، ويصيب في {2} مما ينسبه إليها (الدقة).";
    believe: "Probabilities differ from observed frequencies by {0} on average (expected calibration error).",
        "يبلغ متوسط الفرق بين الاحتمالات والنسب الفعلية {0} (خطأ المعايرة المتوقع).";
    publish: "publish", "نشر";
    hold: "hold", "انتظار";
    reject: "reject", "رفض";
    // Between the entries of a list.
    comma: ", ", "، ";
    // A label that leaves several classes open.
    or: "|", " أو ";
    // Class and its probability; class, name of a metric and its value; names of the axes, up and to the right.
    probable: "{0} {1}", "{0} {1}";
    metric: "{0} · {1} {2}", "{0} · {1} {2}";
    axes: "↑ {0} · → {1}", "عموديًّا: {0} · أفقيًّا: {1}";

    confusion: "Confusion matrix", "مصفوفة الخلط بين الفئات";
    confusion_help: "Rows: true label; columns: predicted label. Per cents are of the row. Correct predictions are on the diagonal.",
        "الصفوف: التصنيف الصحيح؛ والأعمدة: تصنيف النموذج. والنسبة المئوية من مجموع الصف. وما أصاب فيه النموذج يقع على القطر. ومقياس \u{2066}F1\u{2069} هو المتوسط التوافقي للدقة والاستدعاء. والمساحة المذكورة هي ما تحت منحنى \u{2066}ROC\u{2069} المرسوم في القسم التالي.";
    corner: "true \\ predicted", "الصحيح / النموذج";
    precision: "precision", "الدقة";
    recall: "recall", "الاستدعاء";
    f1: "F1", "مقياس \u{2066}F1\u{2069}";
    auc: "ROC AUC", "المساحة تحت المنحنى";
    ap: "average precision", "متوسط الدقة";
    comments: "comments", "التعليقات";
    class: "class", "الفئة";
    macro_f1: "macro-F1", "متوسط \u{2066}F1\u{2069}";

    ranking: "Precision-recall and ROC curves", "منحنى الدقة والاستدعاء ومنحنى \u{2066}ROC\u{2069}";
    ranking_help: "Each class against the rest, over all thresholds. Precision-recall curve: the share of comments above the threshold that belong to the class (precision), by the share of the class that is above it (recall); better curves are further to the upper right. ROC curve: the share of the class above the threshold (recall), by the share of all other comments above it (false alarms); better curves are further to the upper left, and the dashed line is guessing.",
        "كل فئة في مقابل بقية الفئات، عند كل العتبات. منحنى الدقة والاستدعاء: المحور العمودي هو الدقة، أي نسبة ما ينتمي إلى الفئة مما تجاوز العتبة؛ والمحور الأفقي هو الاستدعاء، أي نسبة ما تجاوز العتبة من تعليقات الفئة. والأفضل ما اقترب من أعلى اليمين. ومنحنى \u{2066}ROC\u{2069}: المحور العمودي هو الاستدعاء، والأفقي هو الإنذارات الكاذبة، أي نسبة ما تجاوز العتبة من تعليقات الفئات الأخرى. والأفضل ما اقترب من أعلى اليسار، والخط المتقطع هو التخمين العشوائي.";
    pr_plot: "Precision and recall", "الدقة والاستدعاء";
    roc_plot: "ROC curve", "منحنى \u{2066}ROC\u{2069}";
    false_alarms: "false alarms", "الإنذارات الكاذبة";

    reliability: "Calibration of the probabilities", "معايرة الاحتمالات";
    reliability_help: "Comments are grouped by predicted probability (across); the observed frequency of the class is up. On the dashed line the two are equal. Bins of fewer than 10 comments are not drawn.",
        "تُجمع التعليقات في مجموعات بحسب الاحتمال الذي قدّره النموذج (أفقيًّا)، وتظهر النسبة الفعلية للفئة عموديًّا. ويتساوى الاثنان على الخط المتقطع. ولا تُرسم مجموعة فيها أقل من 10 تعليقات.";
    reliability_label: "Most probable class", "الفئة الأرجح";
    reliability_class: "Class {0}", "الفئة «{0}»";
    before: "before calibration", "قبل المعايرة";
    after: "after calibration", "بعد المعايرة";
    said: "predicted probability", "الاحتمال المقدَّر";
    so: "observed frequency", "النسبة الفعلية";
    log_loss: "log loss", "الخسارة اللوغاريتمية";
    ece: "expected calibration error", "خطأ المعايرة المتوقع";

    slider: "Share of comments decided, by error", "ما يُبَتّ فيه ونسبة الخطأ";
    slider_help: "Another threshold decides more comments (across) at a greater error (up). Solid lines: error on these comments. Dashed lines: its upper confidence limit at {0} confidence. Pale lines: error bounds. Rings: thresholds of the model.",
        "قد تبتّ عتبة أخرى في عدد أكبر من التعليقات (أفقيًّا) مع خطأ أكبر (عموديًّا). الخطوط المتصلة: نسبة الخطأ في هذه التعليقات. والمتقطعة: حد الثقة الأعلى للخطأ عند مستوى ثقة {0}. والباهتة: حدّا الخطأ المسموح بهما. والحلقات: عتبتا النموذج.";
    slider_set_aside: "These are the comments that the thresholds were chosen on.",
        "وهذه هي التعليقات التي اختيرت بها العتبتان.";
    slider_elsewhere: "The rings and the table are of the comments that the thresholds were chosen on, the lines of the held-out comments.",
        "الحلقات والجدول من التعليقات التي اختيرت بها العتبتان، والخطوط من التعليقات المحجوزة عن التدريب.";
    slider_share: "The error bounds are for the share of abuse that was stated, {0}; the errors are for these comments, of which {1} are abusive.",
        "وحدّا الخطأ المسموح بهما لنسبة المسيء التي ذُكرت عند التدريب، وهي {0}؛ أما الأخطاء فلهذه التعليقات، ونسبة المسيء فيها {1}.";
    slider_plot: "Share decided and error", "نسبة ما يُبَتّ فيه ونسبة الخطأ";
    published_line: "published: share abusive", "المنشور: نسبة المسيء فيه";
    rejected_line: "rejected: share not abusive", "المرفوض: نسبة غير المسيء فيه";
    share_decided: "share of all comments", "النسبة من كل التعليقات";
    error: "error", "نسبة الخطأ";
    threshold: "threshold", "العتبة";
    decision: "decision", "القرار";
    asked: "error bound", "حد الخطأ المسموح به";
    observed: "observed error", "الخطأ الملاحظ";
    not_ruled_out: "upper confidence limit", "حد الثقة الأعلى";
    share: "share", "النسبة";

    learning: "Learning curve: gain of more labels", "منحنى التعلم: فائدة المزيد من التعليقات المصنفة";
    learning_help: "Dots: macro-F1 of models trained on parts of the comments, tested on the same {0 comments} of another fold. Line: power law fitted to the dots, dashed where it is extrapolated. A power law has no upper limit, although wrong labels set one, so the forecast is the best case.",
        "النقاط: متوسط \u{2066}F1\u{2069} لنماذج تدربت على أجزاء من التعليقات، واختُبرت كلها على {0 تعليقين} من جزء آخر. والخط: قانون القوى الأقرب إلى النقاط، وهو متقطع حيث يتجاوزها. وليس لقانون القوى سقف، مع أن التصنيفات الخاطئة تضع سقفًا، فالتوقع هو أفضل الأحوال.";
    learning_gain: "1,000 more labelled comments would add about {0} to macro-F1. Range: {1} to {2}, over bootstrap samples of the test comments and over leaving out one of the models. The choice of training comments is not part of the range.",
        "تزيد إضافة 1,000 تعليق مصنف متوسط \u{2066}F1\u{2069} بنحو {0}. والمدى من {1} إلى {2}، عند إعادة سحب عينات من تعليقات الاختبار وعند استبعاد أحد النماذج. ولا يشمل المدى أثر اختيار تعليقات التدريب.";
    learning_summary: "1,000 more labelled comments would add about {0} to macro-F1 at best (range {1} to {2}).",
        "تزيد إضافة 1,000 تعليق مصنف متوسط \u{2066}F1\u{2069} بنحو {0} في أحسن الأحوال (المدى من {1} إلى {2}).";
    learning_none: "No curve: models could not be trained on parts of the comments, or they make no mistakes.",
        "لا يوجد منحنى: تعذّر تدريب نماذج على أجزاء من التعليقات، أو أنها لا تخطئ.";
    learning_later: "The learning curve is measured when a model is trained: naqd-train --report.",
        "يُقاس منحنى التعلم عند تدريب النموذج: \u{2066}naqd-train --report\u{2069}.";
    learning_plot: "Learning curve", "منحنى التعلم";
    learnt_from: "training comments", "تعليقات التدريب";

    slices: "Metrics by file, script and length", "المقاييس بحسب الملف والحروف والطول";
    slices_help: "Metrics of few comments are uncertain. ROC AUC: the class against the rest. Decided: share published or rejected without a person. Wrong: share of mistakes among the decided.",
        "لا يُعوَّل كثيرًا على مقاييس محسوبة من تعليقات قليلة. المساحة تحت المنحنى: منحنى \u{2066}ROC\u{2069} للفئة في مقابل بقية الفئات. المبتوت فيه: نسبة ما يُنشر أو يُرفض دون تدخل بشري. الخطأ: نسبة الأخطاء في المبتوت فيه.";
    slices_set_aside: "These last two are of the comments that the thresholds were chosen on.",
        "وهذان العمودان الأخيران من التعليقات التي اختيرت بها العتبتان.";
    slices_elsewhere: "The last two columns are empty, since the thresholds were chosen on comments of other files.",
        "والعمودان الأخيران خاليان لأن العتبتين اختيرتا بتعليقات من ملفات أخرى.";
    slices_by_script: "These last two are of the comments that nothing was learnt from, where there are some.",
        "وهذان العمودان الأخيران من التعليقات التي لم يتعلم منها النموذج شيئًا، حيث وُجدت.";
    all: "all", "الكل";
    arabic: "mostly Arabic letters", "معظم حروفها عربية";
    other: "mostly other letters", "معظم حروفها غير عربية";
    words_to: "up to {0 words}", "حتى {0 كلمتين}";
    words_from_to: "{0} to {1 words}", "من {0} إلى {1 كلمتين}";
    words_more: "more than {0 words}", "أكثر من {0 كلمتين}";
    decided_column: "decided", "المبتوت فيه";
    wrong_column: "wrong", "الخطأ";

    ngrams: "N-grams with the greatest weights", "الكلمات والمقاطع الأثقل وزنًا";
    ngrams_help: "Words, pairs of neighbouring words, and parts of words (␣: boundary of a word), in normalised spelling. Weight: what one occurrence adds to the log-odds of the class in a comment of median length; for a word, including its parts. Count: comments here with the n-gram that are of the class / all comments here with it.",
        "كلمات، وأزواج من كلمات متجاورة، وأجزاء من كلمات (العلامة ␣: طرف الكلمة)، بإملاء موحّد. الوزن: ما يضيفه ورود المقطع مرة واحدة إلى لوغاريتم أرجحية الفئة في تعليق متوسط الطول؛ ووزن الكلمة يشمل أجزاءها. العدد: التعليقات التي فيها المقطع وهي من الفئة / كل التعليقات التي فيها المقطع.";
    words_of: "words and pairs", "كلمات وأزواج";
    parts_of: "parts of words", "أجزاء من كلمات";
    ngram: "n-gram", "المقطع";
    weight: "weight", "الوزن";
    of_class: "count", "العدد";
    speaks_for: "speaks for", "يرجّح";

    surprises: "Surprising weights", "أوزان مفاجئة";
    rare: "Great weight, rare", "وزن كبير مع ندرة";
    rare_help: "Words and pairs with the greatest weights among those in only 1 to 3 of these comments.",
        "الكلمات والأزواج الأثقل وزنًا مما لا يرد إلا في تعليق واحد إلى 3 تعليقات.";
    contrary: "Weight against the count", "وزن يخالف العدد";
    contrary_help: "Words and pairs in at least 5 comments that speak for a class, although that class is rarer among their comments than among all comments. Other words in these comments explain their labels. A few labels may be wrong, or a harmless word has a wrong weight because of its neighbours.",
        "كلمات وأزواج ترد في 5 تعليقات على الأقل وترجّح فئة، مع أن نسبة هذه الفئة في تعليقاتها أقل من نسبتها في التعليقات كلها. وتصنيف هذه التعليقات يعود إلى كلمات أخرى فيها. وقد تكون بعض التصنيفات خاطئة، أو تكون كلمة بريئة قد نالت وزنًا خاطئًا بسبب ما يجاورها.";
    nothing: "None.", "لا شيء.";

    mistakes: "Most confident mistakes", "أخطاء وقع فيها النموذج بثقة كبيرة";
    mistakes_help: "Wrongly labelled comments with the highest probabilities, grouped by true and predicted label; the most frequent pair first. Words have the colour of the class that they speak for. Sometimes the label of the comment is wrong, not the model.",
        "تعليقات أخطأ النموذج في تصنيفها بأعلى الاحتمالات، مجموعة بحسب التصنيف الصحيح وتصنيف النموذج؛ والأكثر تكرارًا أولًا. لُوّنت الكلمات بلون الفئة التي ترجّحها. وقد يكون الخطأ في تصنيف التعليق لا في النموذج.";
    taken_for: "true {0}, predicted {1}", "الصحيح «{0}»، وصنّفه النموذج «{1}»";

    suspects: "Labels that may be wrong", "تصنيفات يُشتبه في خطئها";
    suspects_help: "Found by confident learning (Northcutt et al. 2021): the model is as confident of another class as it is, on average, of comments with that class. {0} of {1} comments are suspect; the most suspicious are shown, with the words that speak against their label. naqd-audit lists all.",
        "وُجدت بطريقة التعلم الواثق (نورثكت وآخرون، 2021): يثق النموذج بفئة أخرى بقدر متوسط ثقته بها في تعليقاتها. والمشتبه فيه هنا {0 تعليقان} من أصل {1}؛ ويُعرض أشدها شبهة، مع الكلمات التي تخالف تصنيفها. ويسردها كلها برنامج \u{2066}naqd-audit\u{2069}.";
    suspects_by_model: "A model that was trained on these comments agrees with their labels too often, so fewer are found.",
        "النموذج الذي تدرب على هذه التعليقات يوافق تصنيفاتها أكثر مما ينبغي، فيكشف عددًا أقل.";
    rather: "label {0}, probably {1}", "تصنيفه في الملف «{0}»، والأرجح {1}";
    contents: "Contents", "المحتويات";
}
