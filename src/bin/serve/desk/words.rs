//! Texts of the desk in English and Arabic. `{0}` and `{1}` are placeholders.

/// Language of the pages; comments are shown in their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// English.
    English,
    /// Arabic, from right to left.
    Arabic,
}

impl Language {
    /// The language of a code.
    pub fn of(code: &str) -> Option<Language> {
        match code {
            "en" => Some(Language::English),
            "ar" => Some(Language::Arabic),
            _ => None,
        }
    }

    /// The language that a browser asks for, by `Accept-Language`: Arabic unless English comes first.
    pub fn accepted(header: &str) -> Language {
        let languages = header.split(',').map(|part| part.trim().to_ascii_lowercase());
        let known = languages.filter_map(|part| Language::of(part.get(..2)?)).next();
        known.unwrap_or(Language::Arabic)
    }

    /// Its texts.
    pub fn words(self) -> &'static Words {
        match self {
            Language::English => &ENGLISH,
            Language::Arabic => &ARABIC,
        }
    }
}

/// A value inside a text, isolated from the direction of the text around it.
pub fn isolated(value: impl std::fmt::Display) -> String {
    format!("\u{2068}{value}\u{2069}")
}

/// Fills the placeholders of a text.
pub fn fill(text: &str, values: &[&str]) -> String {
    values.iter().enumerate().fold(text.to_owned(), |text, (place, value)| text.replace(&format!("{{{place}}}"), value))
}

macro_rules! words {
    ($($name:ident: $english:literal, $arabic:literal;)*) => {
        /// Texts of one language.
        #[allow(missing_docs)]
        pub struct Words { $(pub $name: &'static str,)* }
        static ENGLISH: Words = Words { $($name: $english,)* };
        static ARABIC: Words = Words { $($name: $arabic,)* };

        impl Words {
            /// The text of a name; the name itself if there is none.
            pub fn named<'a>(&self, name: &'a str) -> &'a str where Self: 'a {
                match name {
                    $(stringify!($name) => self.$name,)*
                    other => other,
                }
            }
        }

        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $arabic),)*];
    };
}

words! {
    code: "en", "ar";
    direction: "ltr", "rtl";
    other_code: "ar", "en";
    other_language: "العربية", "English";
    desk: "Review desk", "مكتب المراجعة";
    to_content: "Go to the content", "إلى المحتوى";
    queues: "Queues", "الطوابير";
    sign_in: "Sign in", "دخول";
    sign_out: "Sign out", "خروج";
    name: "Name", "الاسم";
    password: "Password", "كلمة السر";
    wrong_password: "Name or password is wrong, or the account is locked for some minutes.",
        "الاسم أو كلمة السر غير صحيحة، أو الحساب مقفل لدقائق.";
    account: "Account", "الحساب";
    old_password: "Present password", "كلمة السر الحالية";
    new_password: "New password, 12 characters or more", "كلمة السر الجديدة، 12 حرفا أو أكثر";
    change_password: "Change password", "غيّر كلمة السر";
    password_changed: "The password is changed. Sign in with the new one.", "تغيّرت كلمة السر، فادخل بالجديدة.";
    password_wrong: "The present password is wrong, or the new one is too short.",
        "كلمة السر الحالية غير صحيحة، أو الجديدة أقصر من المطلوب.";
    moderator: "moderator", "مشرف";
    editor: "editor", "محرر";
    admin: "admin", "مدير";
    threats: "Threats", "تهديدات";
    held: "Held", "بانتظار القرار";
    criticism: "Criticism", "نقد";
    spots: "Spot checks", "عيّنات";
    threats_help: "Comments with a threat or a wish of harm. They come before all others.",
        "تعليقات فيها تهديد أو تمني الأذى، وهي قبل غيرها.";
    held_help: "Comments that naqd holds for a person, oldest first.", "تعليقات يحيلها البرنامج إلى إنسان، الأقدم أولا.";
    criticism_help: "Criticism for the editors that nobody has marked as read.", "نقد موجّه إلى التحرير لم يُعلَّم بأنه قُرئ.";
    spots_help: "A random sample of all comments, published and rejected ones too. It shows whether the error bounds hold: label each, and skip none for being hard.",
        "عيّنة عشوائية من كل التعليقات، ومنها المنشور والمرفوض. بها يُعرف هل حدود الخطأ مصونة: صنّفها كلها، ولا تتخطَّ الصعب منها.";
    begin: "Begin", "ابدأ";
    empty: "Nothing is waiting here.", "لا شيء ينتظر هنا.";
    next_page: "Next page", "الصفحة التالية";
    first_page: "First page", "الصفحة الأولى";
    open_by: "open: {0}", "مفتوح عند {0}";
    others: "Activity", "النشاط";
    others_help: "What people have done, newest first.", "ما فعله العاملون هنا، الأحدث أولا.";
    nobody: "Nobody has done anything yet.", "لم يفعل أحد شيئا بعد.";
    when: "When", "متى";
    who: "Who", "من";
    what: "What", "ماذا";
    comment: "Comment", "التعليق";
    comment_number: "Comment {0}", "التعليق {0}";
    reason: "Reason", "السبب";
    learning: "Learning", "التعلّم";
    undo: "Undo", "تراجع";
    undo_last: "Undo my last action", "تراجع عن آخر ما فعلت";
    help: "Keys", "المفاتيح";
    close: "Close", "إغلاق";
    help_intro: "By the place of the key, whatever the keyboard is set to.", "بموضع المفتاح، أيا كانت لغة لوحة المفاتيح.";
    next: "Next", "التالي";
    previous: "Previous", "السابق";
    version: "Version", "النسخة";
    abuse: "abuse", "إساءة";
    key_next: "next comment", "التعليق التالي";
    key_previous: "comment before", "التعليق السابق";
    key_labels: "label: abusive, critical, neutral", "التصنيف: مسيء، ناقد، محايد";
    key_open: "open the chosen comment", "افتح التعليق المختار";
    publish: "Publish", "انشر";
    reject: "Reject", "ارفض";
    reject_because: "Reject because of", "ارفض بسبب";
    skip: "Skip", "تخطَّ";
    mark_read: "Mark as read", "علّم بأنه قُرئ";
    save_label: "Save label", "احفظ التصنيف";
    label: "Label", "التصنيف";
    label_by_decision: "as decided", "كما يدل القرار";
    kinds: "Kinds of abuse", "أنواع الإساءة";
    abusive: "abusive", "مسيء";
    critical: "critical", "ناقد";
    neutral: "neutral", "محايد";
    not_abusive: "not abusive", "غير مسيء";
    insult: "insult", "شتيمة";
    group: "attack on a group", "تهجّم على فئة";
    threat: "threat", "تهديد";
    obscene: "obscenity", "بذاءة";
    curse: "curse", "لعن ودعاء";
    why_abuse: "abuse", "إساءة";
    why_threat: "threat", "تهديد";
    why_hate: "hatred of a group", "كراهية لفئة";
    why_spam: "spam", "دعاية مزعجة";
    why_off_topic: "off topic", "خارج الموضوع";
    why_other: "another reason", "سبب آخر";
    why_held: "Why it is here", "لماذا هو هنا";
    reason_score: "The probability of abuse is {0}. It is published below {1} and rejected above {2}.",
        "احتمال الإساءة {0}، والنشر دون {1} والرفض فوق {2}.";
    reason_between: "naqd is not sure enough to publish or reject it: the probability of abuse is {0}.",
        "لم يطمئن البرنامج إلى نشره ولا إلى رفضه: احتمال الإساءة {0}.";
    reason_unfamiliar: "naqd knows too few of its words to judge it.", "لا يعرف البرنامج من كلماته ما يكفي للحكم عليه.";
    reason_no_promise: "The model has no thresholds, so that everything is held.", "ليس للنموذج عتبات، فكل تعليق ينتظر قرار إنسان.";
    reason_rule: "A house rule decided: {0}", "قرّرته قاعدة من قواعد الموقع: {0}";
    reason_rule_short: "house rule", "قاعدة الموقع";
    reason_one_word: "It would be rejected, but for one word only; without that word it is harmless.",
        "كان ليُرفض لولا أن الإساءة كلها في كلمة واحدة، وهو بدونها سليم.";
    reason_quotation: "It would be rejected, but for what it quotes only.", "كان ليُرفض لولا أن الإساءة كلها في ما يقتبسه.";
    reason_threat: "It has a threat or a wish of harm in it.", "فيه تهديد أو تمني الأذى.";
    reason_editors: "It criticises, and may be of use to the editors.", "فيه نقد قد يفيد التحرير.";
    reason_spot: "It was drawn at random; naqd would {0} it.", "اختير عشوائيا، وقرار البرنامج فيه: {0}.";
    verb_publish: "publish", "النشر";
    verb_hold: "hold", "الإحالة إلى إنسان";
    verb_reject: "reject", "الرفض";
    rule_note: "Note of the rule", "ملاحظة القاعدة";
    probability: "Probability of abuse", "احتمال الإساءة";
    now: "by the model in use", "بالنموذج المستعمل الآن";
    legend: "Underlined words speak for", "الكلمات التي تحتها خط تدل على";
    sentences: "Sentences", "الجمل";
    context: "Context", "السياق";
    story: "Story", "الموضوع";
    author: "Author", "الكاتب";
    in_answer_to: "In answer to", "ردا على";
    link: "On the site", "على الموقع";
    sent: "Sent", "أُرسل";
    received: "Received", "وصل";
    came_by: "Came by", "جاء عن طريق";
    no_author: "no name", "بلا اسم";
    history: "Earlier comments of this author", "تعليقات سابقة لهذا الكاتب";
    no_history: "None is kept here.", "لا شيء محفوظ هنا.";
    by_person: "by a person", "بقرار إنسان";
    by_naqd: "by naqd", "بقرار البرنامج";
    outcome_publish: "published", "نُشر";
    outcome_reject: "rejected", "رُفض";
    outcome_hold: "held", "بانتظار القرار";
    all_of_author: "Decide on all {0} waiting comments of this author", "قرّر في كل ما ينتظر من هذا الكاتب: {0}";
    all_of_rule: "Decide on all that wait for this rule", "قرّر في كل ما ينتظر بسبب هذه القاعدة";
    bulk: "Many at once", "قرار واحد لكثير";
    bulk_author: "Author: {0}", "الكاتب: {0}";
    bulk_rule: "House rule: {0}", "القاعدة: {0}";
    bulk_count: "Comments that wait: {0}", "عدد ما ينتظر: {0}";
    bulk_more: "More may wait: at most {0} at once.", "قد ينتظر أكثر: أقصى عدد في المرة {0}.";
    bulk_sure: "The decision holds for all of them. It can be undone.", "يسري القرار عليها كلها، ويمكن التراجع عنه.";
    decided: "Decided", "قرار سابق";
    decided_by: "{0}, by {1}", "{0}، {1}";
    decide_again: "Decide again, in place of that", "قرّر من جديد بدلا منه";
    taken: "{0} has this comment open or has decided on it.", "التعليق مفتوح عند {0} أو قرّر فيه.";
    what_happened: "What happened to it", "ما جرى له";
    too_long: "Only the beginning of this long comment is explained.", "هذا التعليق طويل، وشُرح أوله فقط.";
    hidden_sign: "hidden sign", "علامة مخفية";
    done_publish: "Published.", "نُشر.";
    done_reject: "Rejected.", "رُفض.";
    done_label: "Label saved.", "حُفظ التصنيف.";
    done_skip: "Skipped: it comes back to you in an hour, and to others at once.", "تخطيته: يعود إليك بعد ساعة، وإلى غيرك حالا.";
    done_read: "Marked as read.", "عُلّم بأنه قُرئ.";
    done_undo: "Undone.", "تم التراجع.";
    done_changed: "Nothing was undone: somebody has changed it since.", "لم يُتراجع عن شيء: غيّره أحد منذ ذلك.";
    done_bulk: "Decided on all of them.", "تم القرار فيها كلها.";
    done_delete: "Deleted.", "حُذف.";
    done_edited: "The comment was edited since; its new text is a comment of its own. Here is the next one.", "عُدّل التعليق بعد ذلك، ونصّه الجديد تعليق قائم بذاته؛ وهذا ما بعده.";
    done_taken: "Somebody else was faster. Here is the next one.", "سبقك غيرك إليه، وهذا ما بعده.";
    done_empty: "Nothing is left in this queue that nobody has open.", "لم يبقَ في هذا الطابور ما ليس مفتوحا عند أحد.";
    problem: "That did not work", "لم يتم ذلك";
    problem_gone: "There is no such comment (any more).", "لا وجود لهذا التعليق، أو لم يعد موجودا.";
    problem_role: "Your account may not do that.", "ليس هذا من صلاحية حسابك.";
    problem_form: "The page was too old. Go back, reload it and try again.", "الصفحة قديمة: ارجع وحدّثها ثم أعد المحاولة.";
    problem_undo: "There is nothing to undo.", "لا شيء للتراجع عنه.";
    problem_edited: "The comment was edited since: the site shows another text by now.", "عُدّل التعليق بعد ذلك، والموقع يعرض الآن نصًّا آخر.";
    problem_changed: "Other comments wait now than before: look again.", "تغيّر ما ينتظر منذ فتحت الصفحة: انظر من جديد.";
    problem_file: "The desk's file cannot be used at present. Try again later.", "لا يمكن الآن استعمال ملف المكتب، فأعد المحاولة لاحقا.";
    problem_many: "Too many requests at once. Try again in a moment.", "الطلبات كثيرة الآن، فأعد المحاولة بعد قليل.";
    problem_bad: "The request is incomplete.", "الطلب ناقص.";
    back: "Back to the queues", "عودة إلى الطوابير";
    act_publish: "published", "نشر";
    act_reject: "rejected", "رفض";
    act_label: "labelled", "صنّف";
    act_skip: "skipped", "تخطّى";
    act_read: "marked as read", "علّم بأنه قُرئ";
    act_undo: "undid", "تراجع";
    act_hold: "held", "أحال إلى إنسان";
    act_sign_in: "signed in", "دخل";
    act_locked: "locked after wrong passwords", "قُفل الحساب لأخطاء في كلمة السر";
    act_account: "changed an account", "غيّر حسابا";
    act_delete: "deleted", "حذف";
    act_export: "exported", "صدّر";
    act_queue: "put a file into the queue", "أدخل ملفا في الطابور";
    act_retrain: "trained a model", "درّب نموذجا";
    undone: "undone", "تم التراجع عنه";
    labels_title: "Labels", "التصنيفات";
    labels_since: "Labelled since this model came into use", "صُنّف منذ بدأ استعمال هذا النموذج";
    labels_all: "Labelled in all", "كل ما صُنّف";
    labels_random: "of these, drawn at random", "منها ما اختير عشوائيا";
    model_in_use: "Model in use", "النموذج المستعمل";
    in_use_since: "in use here since", "مستعمل هنا منذ";
    promises: "Do the error bounds hold?", "هل حدود الخطأ مصونة؟";
    promises_help: "By the spot checks: only a random sample of all comments can tell. The interval has a confidence of {0}.",
        "بحسب العيّنات: لا تدل على ذلك إلا عيّنة عشوائية من كل التعليقات. ثقة المجال {0}.";
    arabic_script: "Comments in Arabic script", "تعليقات بالحرف العربي";
    other_scripts: "Comments in other scripts", "تعليقات بحروف أخرى";
    all_comments: "All comments", "كل التعليقات";
    published_abusive: "Published, but abusive", "منشور وهو مسيء";
    rejected_innocent: "Rejected, but not abusive", "مرفوض وهو غير مسيء";
    bound: "Bound", "الحد";
    observed: "Observed", "المشاهد";
    interval: "Interval", "المجال";
    of_comments: "Of", "من";
    holds: "nothing speaks against it", "لا شيء ينفيه";
    broken: "BROKEN", "غير مصون";
    above: "more than the bound; may be chance", "فوق الحد، وقد يكون صدفة";
    too_few: "no such comment yet", "لا تعليق كهذا بعد";
    no_spots: "No spot check has been labelled yet.", "لم تُصنَّف أي عيّنة بعد.";
    no_bounds: "The model in use has no error bounds.", "ليس للنموذج المستعمل حدود خطأ.";
    own_thresholds: "The thresholds are those of naqd.toml: the bounds of the model do not apply to them.",
        "العتبات من ملف naqd.toml، فلا تسري عليها حدود النموذج.";
    unlabelled_spots: "Spot checks without a label", "عيّنات بلا تصنيف";
    share_of_abuse: "Share of abuse in all comments", "نسبة المسيء من كل التعليقات";
    to_interval: "{0} to {1}", "من {0} إلى {1}";
    export_labels: "Labels as CSV", "التصنيفات في ملف CSV";
    export_criticism: "Criticism as CSV", "النقد في ملف CSV";
    export_audit: "Audit log as CSV", "سجل التدقيق في ملف CSV";
    delete_title: "Delete comments", "حذف تعليقات";
    delete_help: "Text and all else that is kept of the comments goes; the audit log keeps what was decided, without text. Backups keep theirs until they are deleted.",
        "يُحذف النص وكل ما حُفظ معه، ويبقى في سجل التدقيق ما تقرر بلا نص. أما النسخ الاحتياطية فتبقى كما هي حتى تُحذف.";
    delete_by_id: "Identifier of the comment", "معرّف التعليق";
    delete_by_author: "or author", "أو الكاتب";
    delete: "Delete", "احذف";
    retrain_title: "Train on these labels", "درّب على هذه التصنيفات";
    retrain_help: "naqd-serve retrain trains on top of the model in use, compares both on the spot checks and switches only if the new one is not worse. Run it on the machine of the server:",
        "يدرّب الأمر naqd-serve retrain نموذجا فوق المستعمل، ويقارنهما على العيّنات، ولا يبدّل إلا إذا لم يكن الجديد أسوأ. شغّله على جهاز الخادم:";
    compared_title: "The last comparison", "آخر مقارنة";
    outcome_switched: "Switched: the new model took the place of the one before.", "تم التبديل: حلّ النموذج الجديد محل السابق.";
    outcome_insisted: "Switched because somebody insisted, against this:", "تم التبديل بإصرار من أحدهم، رغم ما يأتي:";
    outcome_refused: "Not switched. Against the new model:", "لم يتم التبديل، وعلى النموذج الجديد ما يأتي:";
    outcome_compared: "Compared only: the new model is not worse.", "مقارنة فقط: النموذج الجديد ليس أسوأ.";
    compared_on: "Trained on {0} labels of the desk, compared on {1} spot checks that nothing was learnt from.",
        "دُرّب على {0} من تصنيفات المكتب، وقورن على {1} من العيّنات التي لم يُتعلم منها شيء.";
    against_few: "There are {0} labelled spot checks to compare on, expected at least {1}.",
        "العيّنات المصنّفة التي يُقارَن عليها {0}، والمطلوب {1} على الأقل.";
    against_wrong: "Of {0} spot checks the model in use labels {1} wrong (abusive or not), the new one {2}. Among all comments it may be up to {3} points more; the margin is {4}.",
        "من {0} عيّنة يخطئ النموذج المستعمل في {1} (مسيء أو غير مسيء) والجديد في {2}. وقد تبلغ الزيادة في كل التعليقات {3} نقطة مئوية، والهامش {4}.";
    against_decided: "Of {0} spot checks the model in use decides {1} ({2}) without a person, the new one {3} ({4}). Among all comments the share may fall by up to {5} points; the margin is {6}.",
        "من {0} عيّنة يقرّر النموذج المستعمل في {1} ({2}) بلا إنسان، والجديد في {3} ({4}). وقد يبلغ الهبوط في كل التعليقات {5} نقطة مئوية، والهامش {6}.";
    against_half: "Of {0} spot checks it decides {1} without a person, which is less than half of what the model in use decides: {2}.",
        "من {0} عيّنة يقرّر الجديد في {1} بلا إنسان، وهذا أقل من نصف ما يقرّر فيه النموذج المستعمل: {2}.";
    against_publish: "It breaks its error bound: of {0} spot checks that it would publish, {1} are abusive; the bound is {2}.",
        "حد الخطأ فيه غير مصون: من {0} عيّنة ينشرها {1} مسيئة، والحد {2}.";
    against_reject: "It breaks its error bound: of {0} spot checks that it would reject, {1} are not abusive; the bound is {2}.",
        "حد الخطأ فيه غير مصون: من {0} عيّنة يرفضها {1} غير مسيئة، والحد {2}.";
    against_through: "It breaks its error bound: of {0} abusive spot checks it would publish {1}; the bound is {2}.",
        "حد الخطأ فيه غير مصون: من {0} عيّنة مسيئة ينشر {1}، والحد {2}.";
    in_use_broken: "The model in use breaks an error bound of its own on these spot checks, so that deciding less may be right.",
        "النموذج المستعمل نفسه لا يصون حد الخطأ في هذه العيّنات، فقد يكون من الصواب أن يقرّر الجديد في أقل منها.";
    advise_more: "To tell, label about {0} more spot checks and train again.", "للتحقق صنّف نحو {0} عيّنة أخرى ثم درّب من جديد.";
    advise_no_more: "More spot checks alone will hardly change that: label more of what is held, and train again.",
        "زيادة العيّنات وحدها لا تكاد تغيّر ذلك: صنّف مزيدا مما ينتظر القرار ثم درّب من جديد.";
    advise_thresholds: "From {0} labelled spot checks on, half of them choose the thresholds of the new model.",
        "متى بلغ عدد العيّنات المصنّفة {0} اختيرت عتبات النموذج الجديد بنصفها.";
    advise_insist: "An admin may switch all the same: naqd-serve retrain with --insist.",
        "للمدير أن يبدّل مع ذلك بالأمر \u{2066}naqd-serve retrain --insist\u{2069} وبقية خياراته.";
    no_trainer: "naqd-train is not on this machine: export the labels and train where it is.",
        "البرنامج naqd-train ليس على هذا الجهاز: صدّر التصنيفات ودرّب حيث هو.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_placeholders_and_no_dashes() {
        for (name, english, arabic) in ALL {
            for place in ["{0}", "{1}", "{2}", "{3}"] {
                assert_eq!(english.contains(place), arabic.contains(place), "{name}: {place}");
            }
            assert!(!english.is_empty() && !arabic.is_empty(), "{name}");
            assert!(!arabic.contains(['—', '?', ';']) && !english.contains('—'), "{name}");
        }
    }

    #[test]
    fn the_language_is_the_first_that_the_browser_names() {
        for (header, expected) in [
            ("ar-LB,ar;q=0.9,en;q=0.8", Language::Arabic),
            ("en-GB,ar;q=0.5", Language::English),
            ("fr-FR,fr;q=0.9,en;q=0.2", Language::English),
            ("", Language::Arabic),
            ("ü,*", Language::Arabic),
        ] {
            assert_eq!(Language::accepted(header), expected, "{header}");
        }
    }
}
