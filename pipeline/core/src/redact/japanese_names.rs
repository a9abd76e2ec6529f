//! Japanese names: a script without spaces has no words to look up, so what stands around a name shows it.

use super::known_names::Named;
use super::view::View;

const JAPANESE_AFTER: &[&str] = &["と申します", "ともうします", "といいます", "と言います", "と申しまして", "と申す"];

const JAPANESE_COPULA: &[&str] = &["でございます", "になります", "です", "ですが", "だ"];

const JAPANESE_SURNAMES: &[&str] = &[
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "伊藤",
    "渡辺",
    "渡邊",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "佐々木",
    "山口",
    "松本",
    "井上",
    "木村",
    "林",
    "斎藤",
    "斉藤",
    "清水",
    "山崎",
    "森",
    "池田",
    "橋本",
    "阿部",
    "石川",
    "山下",
    "中島",
    "石井",
    "小川",
    "前田",
    "岡田",
    "長谷川",
    "藤田",
    "後藤",
    "近藤",
    "村上",
    "遠藤",
    "青木",
    "坂本",
    "福田",
    "太田",
    "西村",
    "藤井",
    "金子",
    "藤原",
    "岡本",
    "三浦",
    "中野",
    "中川",
    "原田",
    "松田",
    "竹内",
    "小野",
    "田村",
    "中山",
    "和田",
    "石田",
    "森田",
    "上田",
    "原",
    "内田",
    "柴田",
    "酒井",
    "宮崎",
    "横山",
    "高木",
    "安藤",
    "宮本",
    "大野",
    "小島",
    "谷口",
    "今井",
    "工藤",
    "高田",
    "増田",
    "丸山",
    "杉山",
    "村田",
    "大塚",
    "新井",
    "小山",
    "平野",
    "河野",
    "藤本",
    "野口",
    "武田",
    "上野",
    "松井",
    "千葉",
    "岩崎",
    "菅原",
    "木下",
    "久保",
    "佐野",
    "野村",
    "松尾",
    "市川",
    "菊地",
    "杉本",
    "古川",
    "大西",
    "島田",
    "水野",
    "桜井",
    "吉川",
    "山内",
    "西田",
];

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
        let surname = JAPANESE_SURNAMES.iter().any(|surname| name.starts_with(surname));
        let honorific =
            before.ends_with(['お', 'ご']) || matches!(name, "客" | "皆" | "奥" | "者" | "担当者" | "契約者" | "本人");
        let unsure_but_known = surname && length <= 5;
        if (2..=8).contains(&length) && !honorific && (certain && !is_japanese_word(name) || unsure_but_known) {
            found.push(Named { start, end: start + name.len() });
        }
    }
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
