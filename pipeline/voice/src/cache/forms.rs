//! Forms of a question that ask the same, brought to one: "can seats be booked" is "can I book seats", "how fast is the plan" is
//! "what is the speed of the plan". Each rule turns a sentence, word by word, into another one with the same words but for the
//! frame. Nothing is sorted: "a house boat" stays none of a "boat house", and whoever does something to somebody stays who does it.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// Rules in order; each is applied once. What they leave is taken apart by its opening.
static FORMS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        // What is said around the question.
        (r"^i (?:wanted|want|would like|need) to ask (?:you )?(?:about )?", ""),
        (r"^i (?:need|want|would like|have) to (.+?) how (?:do|can|should) i do (?:that|this|it)$", "how do i $1"),
        (r"^(.+) what (?:do|should|can|must) i do$", "what should i do if $1"),
        (r"^what (?:do|can|must|should) i do (?:if|when) ", "what should i do if "),
        (r"^what (?:will )?happens? (?:if|when) ", "what happens if "),
        // What stands before the question goes behind it: "on Saturdays, does the bus run".
        (
            r"^((?:on|in|for|before|after|at|with|from|during) (?:[^ ]+ ){1,5}?)(what|does|do|can|will|which|is|are|how|when|where) (.+)$",
            "$2 $3 $1",
        ),
        // Indirect: "how I cancel it", "what it costs".
        (r"^how (?:i|we|one|you) (?:can |could |should |may )?", "how do i "),
        (r"^(when|where|why|what|which) (?:i|we) (can|could|should|must|may) ", "$1 $2 i "),
        (r"^what (.+) costs$", "what does $1 cost"),
        // Ways to ask whether one may, or must.
        (r"^is there (?:a|any|some) way (?:for me |that i can )?to ", "can i "),
        (r"^(?:is there|do i have) (?:a|any|the) (?:possibility|option|chance) (?:of|to|for) ", "can i "),
        (r"^would it be (?:possible|okay|ok|allowed) (?:for me )?to ", "can i "),
        (r"^(?:do|must|should) i (?:have|need|got) to ", "must i "),
        (r"^(?:am i|are we) (?:required|obliged|supposed) to ", "must i "),
        (r"^is it (?:necessary|required|mandatory|compulsory) (?:for me )?to ", "must i "),
        (r"^(?:do i need|must i have) (?:a |an |the )?(.+)$", "is $1 needed"),
        (r"^is (?:a |an |the )?(.+) (?:necessary|required|mandatory|compulsory)\b", "is $1 needed"),
        (
            r"^what ([^ ]+) (?:do i need|must i have|should i bring|are required|are necessary) (for|to) ",
            "which $1 are needed $2 ",
        ),
        (r"^which ([^ ]+) (?:do i need|must i have|are required|are necessary) (for|to) ", "which $1 are needed $2 "),
        (r"^what ([^ ]+) are needed (for|to) ", "which $1 are needed $2 "),
        (r"^(?:can|could|will|would) you (?:please )?(explain|describe|define) ", "$1 "),
        // What is paid with, and what it costs.
        (r"^(?:can i|could i|may i|is it possible (?:for me )?to) pay (?:with|by|in|on|via|using) (?:a |an |my )?", "do you accept "),
        (r"^(?:is|are) (.+) accepted$", "do you accept $1"),
        (r"^do you charge (?:anything |extra |a fee |money )?(?:for|when|if) ", "is there a fee for "),
        (r"^(?:is|are) there (?:a |an |any |an extra |a separate )?(?:charge|fee|cost)s? (?:for|when|if|to) ", "is there a fee for "),
        (r"^(?:how much|what) do you charge (?:for|if|when) ", "how much is "),
        // What there is.
        (r"^do you (?:offer|have|provide) (?:a |an |any |some )?", "is there "),
        (r"^does (?:the |your )?([^ ]+(?: [^ ]+)?) (?:offer|have) (?:a |an |any |some )?(.+)$", "is there $2 at $1"),
        (r"^are there (?:any |some )?", "is there "),
        (r"^((?:[^ ]+ ){1,2}(?:policy|rules|hours|number|address|limit|period))$", "what is $1"),
        // Who is asked stands for the company: "can you ship" is "do you ship".
        (r"^(?:can|could|will|would) (?:you|they) (?:guys )?(?:also )?", "do you "),
        // Passives of what the caller does.
        (r"^(can|could|may) (.+?) (?:still )?be ([^ ]+)(.*)$", "$1 i $3 $2$4"),
        (r"^(how|where|when) (?:can|could|may|do|should) (.+?) be ([^ ]+)(.*)$", "$1 do i $3 $2$4"),
        (
            r"^(how often|when|how) are (.+?) (read|sent|paid|delivered|checked|collected|updated|posted|printed)$",
            "$1 do you $3 $2",
        ),
        // Measures: how fast is the speed of.
        (r"^how fast (?:is|are) ", "what is the speed of "),
        (r"^how high (?:is|are) ", "what is "),
        (r"^how heavy (?:is|are) ", "what is the weight of "),
        (r"^how large (?:is|are) ", "what is the size of "),
        (r"^how big (?:is|are) ", "what is the size of "),
        (r"^how (?:long|short) is the ([^ ]+ )?(period|term|duration|time)\b", "what is the $1$2"),
        (r"^what is the (?:number|amount|count) of ", "how many "),
        (r"^how long (?:does|do|will|would) it take (?:for |to )?", "how long does it take "),
        (r"^how long (?:does|do|will|would) (.+?) take\b", "how long does it take $1"),
        (r"^how long (?:does|do|will|would) (.+?) last$", "how long is $1"),
        // Included.
        (r"^(?:what|which [^ ]+) (?:does|do) (.+) (include|contain|cover)$", "what is ${2}d in $1"),
        (r"^(?:does|do) (.+) (include|contain|cover) (.+)$", "is $3 ${2}d in $1"),
        (r"^what is covered (?:by|under) ", "what is coverd in "),
        (r"^(?:what|which) (?:is|are) (?:your|the) (.+) (?:like)$", "what is $1"),
        (r"^what ([^ ]+) (do|should|can|could|must) i ", "which $1 do i "),
        (r"^which ([^ ]+(?: [^ ]+)?) (?:should|can|could|must) i ", "which $1 do i "),
        // Times.
        (r"^(?:on )?(?:what|which) day (?:is|are|does|do|will) ", "when do "),
        (r"^(?:how late|until when) ", "until what time "),
        (r"^(?:at )?what time (?:is|are|does|do|will) ", "when do "),
        (r"^when (?:will|does|do|would|is|are) ", "when do "),
        (r"\bevery (day|week|month|year)\b", "${1}ly"),
        (r"\bdayly\b", "daily"),
        (r"^(?:what|which) (?:number|person) (?:do|should|can) i (call|ring|phone)\b", "who do i $1"),
        (r"\b(?:how|where) (do|can) i get (?:in touch with|hold of) ", "how do i contact "),
    ]
    .into_iter()
    .filter_map(|(pattern, instead)| Some((Regex::new(pattern).ok()?, instead)))
    .collect()
});

/// A question in its normal form, in the one of its forms that counts.
pub(super) fn one_form(asked: &str) -> String {
    let mut text = asked.to_owned();
    for (pattern, instead) in FORMS.iter() {
        if let Cow::Owned(changed) = pattern.replace(&text, *instead) {
            changed.trim_end().clone_into(&mut text);
        }
    }
    of_to_compound(&text)
}

/// "The opening time of the shop" is "the shop opening time": the part before "of" goes behind what follows. Only where nothing
/// else stands behind, because "from the wife of the owner" is another matter, and not of what something costs, which has a
/// kind of its own.
fn of_to_compound(text: &str) -> String {
    const STAYS: &[&str] = &[
        "of", "from", "to", "between", "and", "or", "than", "in", "for", "with", "without", "is", "are", "cost",
        "costs", "price", "prices", "fee", "fees", "charge", "charges",
    ];
    static OF: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?x)^(what\ is|what\ are|when\ do|where\ is|is\ there)\ (?:the\ |a\ |an\ )?((?:[^\ ]+\ ){1,2})(?:of|for|on|in|at)
            \ (?:the\ |a\ |an\ |my\ |your\ )?((?:[^\ ]+\ ?){1,3})$",
        )
        .ok()
    });
    let Some(found) = OF.as_ref().and_then(|pattern| pattern.captures(text)) else { return text.to_owned() };
    let part = |number: usize| found.get(number).map_or("", |part| part.as_str().trim());
    if part(2).split(' ').chain(part(3).split(' ')).any(|word| STAYS.contains(&word)) {
        return text.to_owned();
    }
    format!("{} {} {}", part(1), part(3), part(2))
}
