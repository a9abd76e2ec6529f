//! Japanese postal addresses: a postcode, a prefecture or a large city, and what follows it without a space.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::view::View;

/// Japanese addresses: a postcode, or a prefecture with what follows up to a particle. Byte spans of the folded text.
pub(super) fn japanese(view: &View<'_>, asked: bool) -> Vec<(usize, usize)> {
    let text = view.folded.text();
    if text.is_ascii() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut from = 0;
    for at in markers(text) {
        if at < from {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let mut end = at;
        let mut digits = false;
        for (offset, character) in rest.char_indices() {
            let place =
                matches!(character, '一'..='鿿' | 'ァ'..='ヺ' | 'ー' | '0'..='9' | '-' | '〒' | '々' | 'a'..='z');
            let joins = matches!(character, ' ' | 'の')
                && rest
                    .get(offset + character.len_utf8()..)
                    .and_then(|rest| rest.chars().next())
                    .is_some_and(|next| matches!(next, '0'..='9' | '一'..='鿿' | 'ァ'..='ヺ'));
            let name = is_hiragana(character) && place_goes_on(rest.get(offset..).unwrap_or_default());
            if !(place || joins || name) {
                break;
            }
            digits |=
                matches!(character, '0'..='9' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十');
            end = at + offset + character.len_utf8();
        }
        if digits && (end - at) > 6 || asked && end - at > 12 {
            found.push((at, end));
        }
        from = end.max(at + rest.chars().next().map_or(1, char::len_utf8));
    }
    found
}

const fn is_hiragana(character: char) -> bool {
    matches!(character, 'ぁ'..='ん')
}

/// Whether a few hiragana lead to a house number: みなとみらい3-6-2.
fn place_goes_on(rest: &str) -> bool {
    let length = rest.chars().take(11).take_while(|c| is_hiragana(*c)).count();
    length <= 10 && rest.chars().nth(length).is_some_and(|c| c.is_ascii_digit())
}

const PREFECTURES: &[&str] = &[
    "〒",
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
    "横浜市",
    "名古屋市",
    "大阪市",
    "札幌市",
    "福岡市",
    "神戸市",
    "京都市",
    "川崎市",
    "仙台市",
    "千葉市",
    "広島市",
];

/// Cities that are written in hiragana.
const KANA_CITIES: &[&str] =
    &["さいたま", "つくば", "いわき", "うるま", "あきる野", "ひたちなか", "みどり", "かすみがうら"];

/// Bytes after the mark of a town in which a house number must stand.
const REACH: usize = 48;

/// Where towns without a prefecture begin: 世田谷区北沢二丁目八番十四号, 三鷹市下連雀3-12-5. A house number must follow.
fn towns(text: &str) -> impl Iterator<Item = usize> + '_ {
    text.char_indices().filter(|(_, c)| matches!(c, '市' | '区' | '郡')).filter_map(|(at, mark)| {
        let after = text.get(at + mark.len_utf8()..)?;
        let near = || after.chars().take_while(|c| !matches!(c, '。' | '、' | ' ')).take(REACH / 3);
        let block = near().zip(near().skip(1)).any(|(left, right)| left.is_ascii_digit() && right == '-');
        let two = || near().zip(near().skip(1));
        if !block && !two().any(|two| matches!(two, ('丁', '目') | ('番', '地'))) {
            return None;
        }
        let before = text.get(..at)?;
        let kanji = before.chars().rev().take(6).take_while(|c| matches!(c, '一'..='鿿' | '々' | 'ヶ'));
        let kanji: usize = kanji.map(char::len_utf8).sum();
        let kana = KANA_CITIES.iter().find(|city| before.ends_with(**city)).map_or(0, |city| city.len());
        let length = kanji.max(kana);
        (length > 0).then_some(at - length)
    })
}

static PREFECTURE: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(PREFECTURES).ok());

/// Where addresses may begin, in order: each found in one pass over the text.
fn markers(text: &str) -> Vec<usize> {
    let prefectures = PREFECTURE.iter().flat_map(|automaton| automaton.find_iter(text)).map(|hit| hit.start());
    let mut all: Vec<usize> = prefectures.chain(towns(text)).collect();
    all.sort_unstable();
    all
}
