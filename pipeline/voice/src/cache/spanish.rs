//! Spanish questions: the same as for English with less knowledge. Accents are taken away, because who writes to a bot leaves them out.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use aftercall_core::text::language::{Known, Language, of_text};
use rust_stemmers::{Algorithm, Stemmer};

use super::features::{Kind, Reading};
use super::normal::normalise;
use super::rules::{Place, Rules, lines};

static PHRASES: LazyLock<Rules> =
    LazyLock::new(|| Rules::read(include_str!("../../resources/phrases.es.txt"), Place::Anywhere));
static FRAMES: LazyLock<Rules> =
    LazyLock::new(|| Rules::read(include_str!("../../resources/frames.es.txt"), Place::Whole));

/// Words by which a question is Spanish; none of them is English.
const SPANISH: &[&str] = &[
    "el", "la", "los", "las", "que", "como", "cuando", "cuanto", "donde", "puedo", "quiero", "de", "del", "para",
    "por", "hay", "se", "una", "un", "en", "mi", "cual", "hasta", "tiene", "necesito", "con", "sin", "al", "quisiera",
    "cuesta",
];

/// Words that carry nothing.
const EMPTY: &[&str] = &[
    "el", "la", "los", "las", "un", "una", "unos", "unas", "mi", "mis", "su", "sus", "me", "se", "le", "lo", "y", "es",
    "esta", "estan", "son", "ya", "del", "al",
];

/// Small words that say which part the next one plays.
const TURNING: &[&str] =
    &["de", "a", "desde", "hasta", "para", "por", "con", "sin", "en", "entre", "antes", "despues", "sobre", "bajo"];

pub(super) const NEGATIONS: &[&str] =
    &["no", "sin", "nunca", "nadie", "nada", "ningun", "ninguna", "ninguno", "jamas", "tampoco"];

pub(super) const DATES: &[&str] = &[
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "sabados",
    "domingo",
    "domingos",
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
    "hoy",
    "manana",
    "ayer",
    "tarde",
    "noche",
    "semana",
    "mes",
    "ano",
    "verano",
    "invierno",
    "primavera",
    "otono",
    "navidad",
    "pascua",
    "ahora",
    "proximo",
    "proxima",
    "pasado",
    "pasada",
    "este",
    "festivos",
    "laborables",
];

/// The openings of a question.
const OPENINGS: &[(&str, Kind)] = &[
    ("como ", Kind::Do),
    ("puedo ", Kind::Can),
    ("cuanto cuesta ", Kind::Cost),
    ("cuanto tarda ", Kind::HowLong),
    ("cuantos ", Kind::HowMany),
    ("cuantas ", Kind::HowMany),
    ("cuanto ", Kind::How),
    ("cuando ", Kind::When),
    ("donde ", Kind::Where),
    ("quien ", Kind::Who),
    ("por que ", Kind::Why),
    ("que ", Kind::What),
    ("cual es ", Kind::What),
    ("cuales ", Kind::Which),
    ("hay ", Kind::Whether),
    ("incluye ", Kind::Whether),
];

/// What was said, without accents and with one wording for expressions that mean the same; none if it is not Spanish.
pub(super) fn said(question: &str) -> Option<String> {
    let plain = |text: &str| normalise(text).chars().map(without_accent).collect::<String>();
    let words = plain(question);
    let spanish = words.split(' ').filter(|word| SPANISH.contains(word)).count();
    if question.is_ascii() && spanish < 2 || spanish == 0 && !question.contains('¿') {
        return None;
    }
    if of_text(question) == Known::Supported(Language::English) {
        return None;
    }
    Some(PHRASES.apply(&words))
}

fn without_accent(character: char) -> char {
    match character {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' | 'ü' => 'u',
        other => other,
    }
}

/// What it asks, in the ways to take it.
pub(super) fn reading(said: &str) -> Reading {
    let form = FRAMES.apply(&FRAMES.apply(said));
    let opening = OPENINGS.iter().find_map(|(words, kind)| Some((form.strip_prefix(words)?, *kind)));
    let (rest, kind) = opening.unwrap_or((&form, Kind::Do));
    // "Incluye" is the verb as well as the opening.
    let rest = if form.starts_with("incluye ") { &form } else { rest };
    Reading { kind, content: content(rest) }
}

fn content(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut content = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if EMPTY.contains(word) || TURNING.contains(word) {
            continue;
        }
        let before = words.get(..at).unwrap_or_default().iter().rev().find(|before| !EMPTY.contains(before));
        let contracted = at.checked_sub(1).and_then(|at| words.get(at)).copied().unwrap_or_default();
        let turning = match contracted {
            "del" => Some("de"),
            "al" => Some("a"),
            _ => before.copied().filter(|before| TURNING.contains(before)),
        };
        // In a language of its own, so that no Spanish word meets an English one.
        match turning {
            Some(before) => content.push(format!("es {before} {}", meaning(word))),
            None => content.push(format!("es {}", meaning(word))),
        }
    }
    content
}

/// A word in the form in which words are compared.
pub(super) fn meaning(word: &str) -> String {
    static GROUPS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
        let stem = |word: &str| Stemmer::create(Algorithm::Spanish).stem(word).into_owned();
        lines(include_str!("../../resources/synonyms.es.txt"))
            .filter_map(|line| line.split_once(' '))
            .flat_map(|(first, others)| others.split(' ').map(move |other| (stem(other), stem(first))))
            .collect()
    });
    let stem = Stemmer::create(Algorithm::Spanish).stem(word).into_owned();
    GROUPS.get(&stem).cloned().unwrap_or(stem)
}

/// The words of a text that carry something.
pub(super) fn meanings(text: &str) -> BTreeSet<String> {
    text.split_whitespace().filter(|word| !EMPTY.contains(word)).map(meaning).collect()
}
