//! Japanese names: a script without spaces has no words to look up, so what stands around a name shows it.

use super::japanese_lists::{family_at, is_family, is_given};
use super::known_names::Named;
use super::view::View;

const JAPANESE_AFTER: &[&str] = &[
    "と申します",
    "ともうします",
    "といいます",
    "と言います",
    "と申しまして",
    "と申す",
    "が承り",
    "が担当いたし",
    "が対応いたし",
];

const JAPANESE_COPULA: &[&str] = &["でございます", "になります", "です", "ですが", "だ"];

/// Japanese names: in front of "と申します", of "です" where a name was asked for, of 様 and さん.
pub(super) fn japanese(view: &View<'_>, asked: bool, found: &mut Vec<Named>) {
    let text = view.folded.text();
    if text.is_ascii() {
        return;
    }
    let mut markers: Vec<(usize, bool)> = Vec::new();
    for marker in JAPANESE_AFTER {
        markers.extend(text.match_indices(marker).map(|(at, _)| (at, true)));
    }
    for marker in ["様", "さん", "さま"] {
        markers.extend(text.match_indices(marker).map(|(at, _)| (at, false)));
    }
    for marker in JAPANESE_COPULA {
        markers.extend(text.match_indices(marker).map(|(at, _)| (at, asked)));
    }
    if asked {
        markers.push((text.trim_end_matches(['。', '、', ' ']).len(), true));
    }
    for (at, certain) in markers {
        let Some(before) = text.get(..at) else { continue };
        let start = before
            .char_indices()
            .rev()
            .take(12)
            .take_while(|(_, c)| is_name_character(*c))
            .last()
            .map(|(start, _)| start);
        let Some((start, name)) = start.and_then(|start| Some((start, before.get(start..)?.trim()))) else { continue };
        let start = start + before.get(start..).map_or(0, |piece| piece.len() - piece.trim_start().len());
        let length = name.chars().count();
        let surname = family_at(name).is_some();
        let honorific =
            before.ends_with(['お', 'ご']) || matches!(name, "客" | "皆" | "奥" | "者" | "担当者" | "契約者" | "本人");
        let unsure_but_known = surname && length <= 5;
        if (2..=8).contains(&length) && !honorific && (certain && !is_japanese_word(name) || unsure_but_known) {
            found.push(Named { start, end: start + name.len() });
        }
    }
    honoured(text, found);
    of_kin(text, found);
    opening(text, asked, found);
    called(text, found);
    with_phone(text, found);
    // 名義は木村翔太です, 私は田中…: a family name after a particle.
    for cue in ["名義は", "名前は", "氏名は", "担当の", "担当は"] {
        for (at, cue) in text.match_indices(cue) {
            let start = at + cue.len();
            let Some(rest) = text.get(start..) else { continue };
            let length: usize =
                rest.chars().take(8).take_while(|c| is_name_character(*c) && *c != ' ').map(char::len_utf8).sum();
            let name = rest.get(..length).unwrap_or_default();
            if name.chars().count() >= 2 && !is_japanese_word(name) {
                found.push(Named { start, end: start + length });
            }
        }
    }
}

/// Kanji in front of 様 or さん that call nobody by name.
const NOBODY: &[&str] = &[
    "客",
    "皆",
    "奥",
    "神",
    "王",
    "仕",
    "模",
    "同",
    "異",
    "左",
    "多様",
    "母",
    "父",
    "兄",
    "姉",
    "弟",
    "妹",
    "孫",
    "嫁",
    "娘",
    "息子",
    "旦那",
    "御",
    "先方",
    "相手",
    "各位",
    "貴社",
    "御社",
    "弊社",
    "業者",
    "法人",
    "個人",
    "利用者",
    "大家",
    "管理人",
    "名義人",
    "受取人",
    "先生",
    "店舗",
    "取引先",
    "病院",
    "役所",
    "郵便局",
    "佐川",
    "日通",
    "楽天",
    "西濃",
    "何",
    "誰",
    "患者",
    "赤",
    "宛先",
    "上司",
    "部長",
    "課長",
    "店長",
    "社長",
    "警察",
    "消防",
    "皇后",
    "殿",
    "親",
    "子",
    "学生",
];

/// Words that stand in front of a name without a particle.
const IN_FRONT: &[&str] = &["本日", "先日", "昨日", "今回", "只今", "現在", "再度", "早速", "毎度", "大変"];

/// 秋山様, 大久保さん: a name of kanji in front of an honorific.
fn honoured(text: &str, found: &mut Vec<Named>) {
    for (marker, polite) in [("様", true), ("さま", true), ("さん", false)] {
        for (at, _) in text.match_indices(marker) {
            let (Some(before), Some(after)) = (text.get(..at), text.get(at + marker.len()..)) else { continue };
            // 様々, 様子, 様式 are words.
            if after.starts_with(['々', '子', '式', '態', '相', '変']) {
                continue;
            }
            let run: usize =
                before.chars().rev().take(9).take_while(|c| is_kanji(*c) || *c == 'ヶ').map(char::len_utf8).sum();
            let mut start = at - run;
            for word in IN_FRONT {
                if text.get(start..at).is_some_and(|name| name.starts_with(word)) {
                    start += word.len();
                }
            }
            let Some(name) = text.get(start..at) else { continue };
            let length = name.chars().count();
            let whole_before = text.get(..start).unwrap_or_default();
            let touched = whole_before.ends_with(['お', 'ご']);
            let nobody = NOBODY
                .iter()
                .any(|word| name == *word || length > 2 && word.chars().count() > 1 && name.ends_with(word))
                || is_japanese_word(name)
                || name.ends_with(['屋', '員', '者', '社', '店', '師', '係', '局', '仕', '模', '手', '署', '課']);
            let known = is_family(name);
            let fits = if polite { (2..=6).contains(&length) } else { (2..=4).contains(&length) };
            if (fits || known) && !touched && !nobody {
                found.push(Named { start, end: at });
            }
        }
    }
}

/// Words that a person stands behind: 妻の美咲, 担当の志村.
const KIN: &[&str] = &[
    "妻の",
    "夫の",
    "主人の",
    "旦那の",
    "家内の",
    "息子の",
    "娘の",
    "母の",
    "父の",
    "祖母の",
    "祖父の",
    "兄の",
    "弟の",
    "姉の",
    "妹の",
    "孫の",
    "長男の",
    "長女の",
    "次男の",
    "次女の",
    "彼女の",
    "彼氏の",
    "友人の",
    "同僚の",
    "上司の",
    "担当の",
    "営業の",
    "店長の",
    "名義の",
    "代理の",
];

/// 妻の美咲になっています: a name of the lists after a word for a person.
fn of_kin(text: &str, found: &mut Vec<Named>) {
    for kin in KIN {
        for (at, kin) in text.match_indices(kin) {
            let start = at + kin.len();
            if let Some(end) = text.get(start..).and_then(listed) {
                found.push(Named { start, end: start + end });
            }
        }
    }
}

/// The bytes of the name of the lists that a text begins with: a family name, a given name, or both. What follows must be
/// able to follow a name.
fn listed(rest: &str) -> Option<usize> {
    let family = family_at(rest).unwrap_or(0);
    let after = rest.get(family..).unwrap_or_default();
    let gap = if family > 0 { after.len() - after.trim_start_matches([' ', '・']).len() } else { 0 };
    let from = family + gap;
    let characters: Vec<usize> = rest.get(from..)?.char_indices().skip(1).take(5).map(|(at, _)| at).collect();
    let ends = characters.into_iter().chain(std::iter::once(rest.len() - from)).rev();
    let given = ends
        .filter(|length| *length <= 15)
        .find(|length| {
            let name = rest.get(from..from + length).unwrap_or_default();
            // After a family name two kanji that end the word are a given name, whichever.
            let free = family > 0 && name.chars().count() <= 3 && name.chars().all(is_kanji);
            (is_given(name) || free) && rest.get(from + length..).is_some_and(closes)
        })
        .unwrap_or(0);
    let end = if given > 0 { from + given } else { family };
    let kanji = family > 0 || rest.chars().next().is_some_and(is_kanji) || gap > 0;
    (end > 0 && rest.get(end..).is_some_and(closes) && (kanji || given >= 9)).then_some(end)
}

/// What may follow a name.
fn closes(rest: &str) -> bool {
    let ends = [
        "です",
        "でご",
        "と申",
        "とい",
        "と言",
        "だけ",
        "だと",
        "さん",
        "様",
        "さま",
        "くん",
        "ちゃん",
        "が",
        "は",
        "に",
        "の",
        "と",
        "も",
        "を",
        "から",
        "って",
        "宛",
        "。",
        "、",
        "!",
        "?",
        " ",
    ];
    rest.is_empty() || ends.iter().any(|end| rest.starts_with(end))
}

/// 田所です、…; はい、速水健太郎です: a family name that begins a turn and that "です" or another word of introduction follows.
fn opening(text: &str, asked: bool, found: &mut Vec<Named>) {
    let mut start = 0;
    loop {
        let rest = text.get(start..).unwrap_or_default();
        let lead = [
            "はい",
            "あの",
            "えっと",
            "ええと",
            "すみません",
            "すいません",
            "もしもし",
            "お世話になっております",
            "こんにちは",
            "私",
            "わたし",
            "、",
            "。",
            " ",
            "は",
        ]
        .iter()
        .find(|lead| rest.starts_with(**lead));
        let Some(lead) = lead else { break };
        start += lead.len();
    }
    let Some(rest) = text.get(start..) else { return };
    if asked && is_kana_answer(rest) {
        let end = rest.find("です").unwrap_or(rest.len());
        found.push(Named { start, end: start + end });
        return;
    }
    let Some(end) = listed(rest).filter(|_| family_at(rest).is_some()) else { return };
    let after = rest.get(end..).unwrap_or_default();
    let says = ["ですが", "ですけど", "でございます", "と申", "とい", "と言", "だけど"]
        .iter()
        .any(|word| after.starts_with(word));
    let is =
        after.strip_prefix("です").is_some_and(|after| after.is_empty() || after.starts_with(['。', '、', 'が', 'け']));
    // 中野です answers a question for a place too: alone it counts where a name was asked for.
    let place = after.starts_with("です、") && after.contains("ではなく");
    if says || is && (asked || after.len() > "です。".len() && !place) {
        found.push(Named { start, end: start + end });
    }
}

/// なかじまさくらです: an answer of hiragana alone.
fn is_kana_answer(rest: &str) -> bool {
    let name = rest.trim_end_matches(['。', ' ']).strip_suffix("です").unwrap_or_default();
    let length = name.chars().count();
    let word = [
        "ちがい",
        "そう",
        "いい",
        "だめ",
        "はい",
        "まだ",
        "ちょっと",
        "ここ",
        "それ",
        "これ",
        "おなじ",
        "いや",
        "どう",
        "だいじょうぶ",
        "けっこう",
    ];
    (3..=9).contains(&length)
        && name.chars().all(|c| matches!(c, 'ぁ'..='ん'))
        && !word.iter().any(|word| name.contains(word))
}

/// もしもしひろしだけど: who calls says a name at once.
fn called(text: &str, found: &mut Vec<Named>) {
    for (at, hello) in text.match_indices("もしもし") {
        let from = at + hello.len();
        let Some(rest) = text.get(from..) else { continue };
        let start = from + rest.len() - rest.trim_start_matches(['、', ' ', '。', '!']).len();
        let Some(rest) = text.get(start..) else { continue };
        let end = ["だけど", "ですけど", "ですが", "です", "だよ", "と申し", "といいます"]
            .iter()
            .filter_map(|marker| rest.find(marker))
            .min();
        let Some(name) = end.and_then(|end| rest.get(..end)) else { continue };
        let length = name.chars().count();
        let written = name.chars().all(|c| is_kanji(c) || ('ぁ'..='ん').contains(&c) || ('ァ'..='ー').contains(&c));
        let word = [
            "そう",
            "あの",
            "はい",
            "うん",
            "どう",
            "いい",
            "いま",
            "こちら",
            "わたし",
            "ぼく",
            "おれ",
            "それ",
            "これ",
            "まだ",
            "だめ",
            "ここ",
            "どこ",
            "だれ",
            "なん",
            "さっき",
            "きのう",
            "先ほど",
            "ちょっと",
            "客",
        ]
        .iter()
        .any(|word| name.contains(word));
        let particle = name.chars().any(|c| matches!(c, 'を' | 'は' | 'が')) || name.contains("って");
        if (2..=6).contains(&length) && written && !word && !particle && !is_japanese_word(name) {
            found.push(Named { start, end: start + name.len() });
        }
    }
}

/// 西園寺 貴之 090-…: family and given name at the begin of a turn, and a phone number after them.
fn with_phone(text: &str, found: &mut Vec<Named>) {
    let start = text.len() - text.trim_start().len();
    let Some(rest) = text.get(start..) else { return };
    let family: usize = rest.chars().take(5).take_while(|c| is_kanji(*c)).map(char::len_utf8).sum();
    let Some(after) = rest.get(family..).filter(|after| family > 0 && after.starts_with(' ')) else { return };
    let gap = after.len() - after.trim_start().len();
    let given: usize = after
        .trim_start()
        .chars()
        .take(6)
        .take_while(|c| is_kanji(*c) || ('ぁ'..='ん').contains(c) || ('ァ'..='ー').contains(c))
        .map(char::len_utf8)
        .sum();
    let end = family + gap + given;
    let (Some(name), Some(tail)) = (rest.get(..end), rest.get(end..)) else { return };
    let tail = tail.trim_start_matches([' ', '、', ',', ':']);
    let phone = tail.starts_with(['0', '+', '〇', '(', '〒']) || tail.starts_with("tel") || tail.starts_with("電話");
    if given > 0 && phone && name.chars().count() >= 3 && !is_japanese_word(name) {
        found.push(Named { start, end: start + end });
    }
}

const fn is_kanji(character: char) -> bool {
    matches!(character, '一'..='鿿' | '々')
}

fn is_name_character(character: char) -> bool {
    matches!(character, '一'..='鿿' | 'ァ'..='ヺ' | 'ー' | '・' | '々' | ' ')
}

/// Words of kanji or katakana that answer other questions.
fn is_japanese_word(name: &str) -> bool {
    [
        "解約",
        "変更",
        "確認",
        "予約",
        "注文",
        "契約",
        "会員",
        "本人",
        "担当",
        "家族",
        "会社",
        "株式会社",
        "カード",
        "サービス",
        "サポート",
        "センター",
        "問題",
        "大丈夫",
        "結構",
        "以上",
        "必要",
        "可能",
        "不要",
        "無理",
        "同",
        "新規",
        "継続",
        "支払",
        "電話",
        "番号",
        "住所",
        "主人",
        "妻",
        "母",
        "父",
        "連名",
        "名前",
        "東京",
        "大阪",
        "京都",
        "銀行",
        "保険",
        "コール",
        "料金",
        "プラン",
    ]
    .iter()
    .any(|word| name.contains(word))
}
