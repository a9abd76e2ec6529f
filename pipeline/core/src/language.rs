//! Which language a text is in, with a confidence. For texts whose source does not say.
//!
//! Function words first, because they are quick and sure in the languages most calls are in; then the statistics of
//! `whatlang`, which also knows scripts. A short text has no answer rather than a wrong one.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A language and how sure that is.
#[derive(Debug, Clone, PartialEq)]
pub struct Detected {
    /// BCP 47 tag without region, such as `en`.
    pub tag: String,
    /// 0–1.
    pub confidence: f64,
}

/// The commonest function words, as spoken. A word of several languages counts for each.
const FUNCTION_WORDS: &[(&str, &str)] = &[
    (
        "en",
        "the and you to of it is in that my your for have can i'm this what are be with so do yes please would me was but just not how i a on like know thank okay we they there it's that's don't will from if or at all an when need",
    ),
    (
        "es",
        "que de el la los las no es en un una por para con mi su sí se lo me le pero como muy está usted gracias hola del al yo tengo puede qué cómo quiero más hay esto eso bien porque son fue",
    ),
    (
        "fr",
        "le la les de des du un une et est je vous que pas ne pour dans avec mon ma votre ce qui sur oui merci bonjour il elle c'est j'ai au à en nous mais être vos suis plus bien alors ça",
    ),
    (
        "de",
        "der die das und ist ich sie nicht ein eine zu mit auf für den dem es mir mein ihre haben habe ja bitte danke kann wir was wie von im auch noch aber dass guten ihnen hallo sehr wird sind einen",
    ),
    (
        "it",
        "il lo la gli le di che non è un una per con mio mia sono ho come questo grazie buongiorno sì mi si ma del della nel posso vorrei bene più anche perché ci quello molto",
    ),
    (
        "pt",
        "o os as de que não é um uma para com meu minha seu por do da em no na eu você obrigado obrigada bom sim está isso mas como muito tenho pode mais foi são ao ele ela quero",
    ),
    (
        "nl",
        "de het een en is ik u niet van dat op te mijn met voor zijn heb kan ja dank wel er maar hoe wat aan naar ook goed nog bij als dit deze wij hebben graag",
    ),
];

static WORDS: LazyLock<HashMap<&'static str, u8>> = LazyLock::new(|| {
    let mut words: HashMap<&str, u8> = HashMap::new();
    for (position, (_, list)) in FUNCTION_WORDS.iter().enumerate() {
        for word in list.split(' ') {
            *words.entry(word).or_insert(0) |= 1 << position;
        }
    }
    words
});

/// Fewer letters than these tell no language, in any script and in the Latin one.
const MIN_LETTERS: usize = 6;
const MIN_LATIN_LETTERS: usize = 40;

/// Words that are looked at: more do not change the answer.
const ENOUGH_WORDS: usize = 40;

/// The language of a text; none if it is too short or could be several.
pub fn detect(text: &str) -> Option<Detected> {
    by_function_words(text).or_else(|| by_statistics(text))
}

fn by_function_words(text: &str) -> Option<Detected> {
    let mut hits = [0_u32; FUNCTION_WORDS.len()];
    let mut total = 0_u32;
    let mut lower = String::new();
    let words =
        text.split(|c: char| !(c.is_alphabetic() || c == '\'' || c == '\u{2019}')).filter(|word| !word.is_empty());
    for word in words.take(ENOUGH_WORDS) {
        total += 1;
        lower.clear();
        lower.extend(word.chars().flat_map(char::to_lowercase).map(|c| if c == '\u{2019}' { '\'' } else { c }));
        let languages = WORDS.get(lower.as_str()).copied().unwrap_or(0);
        for (position, hits) in hits.iter_mut().enumerate() {
            *hits += u32::from(languages & (1 << position) != 0);
        }
    }
    let (best, best_hits) =
        hits.iter().copied().enumerate().max_by_key(|(position, hits)| (*hits, usize::MAX - position))?;
    let second_hits = hits.iter().enumerate().filter(|(position, _)| *position != best).map(|(_, hits)| *hits).max()?;
    let share = f64::from(best_hits) / f64::from(total.max(1));
    let margin = f64::from(best_hits.saturating_sub(second_hits)) / f64::from(best_hits.max(1));
    if best_hits < 3 || share < 0.2 || margin < 0.4 {
        return None;
    }
    let evidence = (f64::from(best_hits) / 10.0).min(1.0);
    let confidence = 0.7 + 0.29 * margin * evidence;
    let (tag, _) = FUNCTION_WORDS.get(best)?;
    Some(Detected { tag: (*tag).to_owned(), confidence: round(confidence) })
}

fn by_statistics(text: &str) -> Option<Detected> {
    let sample: String = text.chars().take(600).collect();
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    let ascii = sample.chars().filter(char::is_ascii_alphabetic).count();
    if letters < MIN_LETTERS || (ascii == letters && letters < MIN_LATIN_LETTERS) {
        // Too short in any case: not worth the statistics, which cost a hundred times more than this.
        return None;
    }
    let guess = whatlang::detect(&sample)?;
    // Other scripts have few languages each: fewer letters and a weaker vote will do.
    let latin = guess.script() == whatlang::Script::Latin;
    let enough = !latin || letters >= MIN_LATIN_LETTERS;
    let sure = guess.is_reliable() || (!latin && letters >= 30);
    if !enough || !sure {
        return None;
    }
    Some(Detected { tag: tag(guess.lang().code()).to_owned(), confidence: round(guess.confidence().clamp(0.5, 0.99)) })
}

fn round(confidence: f64) -> f64 {
    (confidence * 100.0).round() / 100.0
}

/// The two-letter code of a language where it has one, as BCP 47 asks for.
fn tag(code: &'static str) -> &'static str {
    const CODES: &[(&str, &str)] = &[
        ("eng", "en"),
        ("rus", "ru"),
        ("cmn", "zh"),
        ("spa", "es"),
        ("por", "pt"),
        ("ita", "it"),
        ("ben", "bn"),
        ("fra", "fr"),
        ("deu", "de"),
        ("ukr", "uk"),
        ("kat", "ka"),
        ("ara", "ar"),
        ("hin", "hi"),
        ("jpn", "ja"),
        ("heb", "he"),
        ("yid", "yi"),
        ("pol", "pl"),
        ("amh", "am"),
        ("jav", "jv"),
        ("kor", "ko"),
        ("nob", "nb"),
        ("dan", "da"),
        ("swe", "sv"),
        ("fin", "fi"),
        ("tur", "tr"),
        ("nld", "nl"),
        ("hun", "hu"),
        ("ces", "cs"),
        ("ell", "el"),
        ("bul", "bg"),
        ("bel", "be"),
        ("mar", "mr"),
        ("kan", "kn"),
        ("ron", "ro"),
        ("slv", "sl"),
        ("hrv", "hr"),
        ("srp", "sr"),
        ("mkd", "mk"),
        ("lit", "lt"),
        ("lav", "lv"),
        ("est", "et"),
        ("tam", "ta"),
        ("vie", "vi"),
        ("urd", "ur"),
        ("tha", "th"),
        ("guj", "gu"),
        ("uzb", "uz"),
        ("pan", "pa"),
        ("aze", "az"),
        ("ind", "id"),
        ("tel", "te"),
        ("pes", "fa"),
        ("mal", "ml"),
        ("ori", "or"),
        ("mya", "my"),
        ("nep", "ne"),
        ("sin", "si"),
        ("khm", "km"),
        ("tuk", "tk"),
        ("aka", "ak"),
        ("zul", "zu"),
        ("sna", "sn"),
        ("afr", "af"),
        ("lat", "la"),
        ("slk", "sk"),
        ("cat", "ca"),
        ("tgl", "tl"),
        ("hye", "hy"),
        ("epo", "eo"),
        ("cym", "cy"),
    ];
    CODES.iter().find(|(three, _)| *three == code).map_or(code, |(_, two)| *two)
}
