"""Lists of names in Chinese, Japanese and Korean bylines, which put spaces, or only jobs, between the names.

"记者 陈港 李岸" names two people, "山田 太郎" one. Tables hold surnames and jobs. `spread_names` only puts separators where they
are missing; `bylines.py` reads the result.
"""

from __future__ import annotations

import re
from typing import Final

from scraper.text.patterns import lazy_pattern
from scraper.text.scripts import EAST_ASIAN

WRITERS: Final = (
    "本报记者|本報記者|本台记者|本刊记者|本网记者|新华社记者|央视记者|特约记者|实习记者|實習記者|见习记者|见习生|实习生|驻外记者|首席记者|特派记者|特派員|通讯员|通訊員|"
    "特约撰稿人|撰稿人|撰稿|撰文|记者|記者|作者|取材・文|取材・執筆|聞き手・構成|構成・文|執筆者|執筆|ライター|筆者|著者"
)
"""Jobs of those who write, before or between names."""
OTHERS: Final = (
    "责任编辑|責任編輯|执行编辑|新媒体编辑|值班编辑|视觉编辑|编辑|編輯|责编|責編|编审|審稿|审核|审校|校对|校對|监制|監製|终审|终校|摄影报道|摄影|攝影|图片|圖片|图|圖|"
    "视频|剪辑|美编|制图|设计|翻译|編譯|编译|来源|來源|撮影|写真|編集|監修|翻訳|訳|校閲|構成|イラスト|デザイン|聞き手|사진|편집|그래픽|영상|번역"
)
"""Jobs of others: names behind them are no authors."""
CHINESE_SURNAMES: Final = frozenset(
    "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許傅沈曾彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘杜戴夏"
    "锺鍾钟鐘汪田任姜范範方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟龙龍万萬段雷钱錢汤湯尹黎易常武乔喬贺賀赖賴龚龔庞龐樊兰蘭殷施陶洪翟颜顏倪严嚴牛温溫季俞章鲁魯葛韦韋"
    "岳聂聶焦向柳邢路岑齐齊梅莫庄莊辛管祝左涂谷时時舒耿牟卜詹关關苗凌费費纪紀靳盛童欧歐甄项項曲成游阳陽裴席卫衛查屈鲍鮑位覃霍翁隋甘景薄单單包司柏宁寧柯阮桂闵闵解强柴华華"
)
"""First characters of Chinese names, the common ones."""
KOREAN_SURNAMES: Final = frozenset(
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구나민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예"
)
"""First characters of Korean names, the common ones."""
_NO_KOREAN_NAME: Final = lazy_pattern(
    r"^(?:서울|부산|대구|인천|광주|대전|울산|세종|수원|성남|용인|고양|제주|전주|청주|춘천|강릉|창원|포항|경기|강원|충북|충남|전북|전남|경북|경남|도쿄|베이징|워싱턴|뉴욕|파리|런던)$"
    r"|[부팀국실]$|센터$|기자$|뉴스$|일보$|신문$"
)
"""Places and desks before a Korean name."""

_ANY: Final = lazy_pattern(f"[{EAST_ASIAN}]")
_KANA: Final = lazy_pattern(r"[\u3040-\u30ff]")
_LABEL: Final = lazy_pattern(
    rf"^\W*(?:(?:{WRITERS}|文|글)\s*[・｜|/／=＝丨:：\s]\s*|(?:{WRITERS})(?=[\u3400-\u9fff]{{2,4}}(?:[／/、,，\s]|$)))"
)
STARTS_EAST_ASIAN: Final = lazy_pattern(rf"^\W*(?:{WRITERS})[・｜|/／=＝丨:：\s]\s*\w")
"""A line that starts with the job of a writer, set apart from what follows."""
_OTHER: Final = lazy_pattern(
    rf"(?<=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])(?:[\s　|｜/／,，;；、·・]+|(?<=[)）】]))\s*(?:{OTHERS})(?:[\s　:：・/／|｜=＝].*?|$)(?=\s(?:{WRITERS})|$)",
    re.DOTALL,
)
_WRITER: Final = lazy_pattern(rf"[\s　,，、;；]+(?:{WRITERS})[\s　:：・/／]*|(?<=[\u3400-\u9fff])\s+(?:记者|記者)$")
_REPORTED: Final = lazy_pattern(
    r"\s*[／/|｜,，]?\s*(?<![\u3400-\u9fff])[\u3400-\u9fff]{2,6}(?:報導|报道|報道|电|電|讯|訊)$|\s+(?:報導|报道|摄影报道)$"
)
_PLACE: Final = lazy_pattern(r"[＝=][\u3040-\u30ff\u3400-\u9fff]{1,12}(?=$|[、,，\s])")
_HAN_RUN: Final = lazy_pattern(
    r"[\u3005\u3400-\u9fff]{1,6}(?:[ \u3000]+[\u3005\u3400-\u9fff]{1,6})+(?![\u3040-\u30ff])"
)
_CHINESE_JOB: Final = lazy_pattern(r"记者|通讯员|撰文|撰稿|编辑")
_HANGUL_LIST: Final = lazy_pattern(
    r"(?P<names>[가-힣]{2,4}(?:\s*[·ㆍ・,]\s*|\s+)(?:[가-힣]{2,4}(?:\s*[·ㆍ・,]\s*|\s+))*[가-힣]{2,4})(?=\s*(?:선임|인턴|수습|전문|객원)?\s*(?:기자|특파원))"
)
_BRACKETED: Final = lazy_pattern(r"^[【〔［\[]\s*(.{2,60}?)\s*[】〕］\]]$")


def spread_names(text: str) -> str:
    """A byline with "、" between its Chinese, Japanese or Korean names, and without others than its writers.

    >>> spread_names("记者 陈港 李岸 通讯员 王磊 编辑 赵雨"), spread_names("文・山田 太郎 写真・鈴木 花子")
    ('作者：陈港、李岸、王磊', '作者：山田 太郎')
    >>> spread_names("김하늘·박준석 기자"), spread_names("Jane Doe · Max Else")
    ('김하늘、박준석 기자', 'Jane Doe · Max Else')
    """
    if text.isascii() or not _ANY.search(text):
        return text
    is_chinese = bool(_CHINESE_JOB.search(text)) and not _KANA.search(text)
    text = _BRACKETED.sub(r"\1", text.strip())
    text = _LABEL.sub("作者：", text)
    text = _PLACE.sub("", _REPORTED.sub("", _OTHER.sub("", text)))
    text = _WRITER.sub("、", text).rstrip("、 ")
    text = _HAN_RUN.sub(lambda run: _split_run(run[0], is_chinese=is_chinese), text)
    return _HANGUL_LIST.sub(_split_hangul, text)


def _split_run(run: str, *, is_chinese: bool) -> str:
    """Names in Chinese characters with spaces between or inside them, each behind "、" where the spaces are between."""
    pieces = _join_padded(run.split())
    sizes = [len(piece) for piece in pieces]
    if (
        all(2 <= size <= 4 for size in sizes)
        and (all(piece[0] in CHINESE_SURNAMES for piece in pieces) or (is_chinese and max(sizes) <= 4))
    ) or (len(pieces) > 1 and min(sizes) >= 4):
        names = pieces
    elif len(pieces) >= 4 and len(pieces) % 2 == 0 and max(sizes) <= 3:  # surname and name, Japanese
        names = [f"{one} {two}" for one, two in zip(pieces[::2], pieces[1::2], strict=True)]
    else:
        names = [" ".join(pieces)]
    return "、".join(names)


def _join_padded(pieces: list[str]) -> list[str]:
    """The pieces, with a name of two characters that a space pads ("陈 港") as one."""
    found: list[str] = []
    for piece in pieces:
        if len(piece) == 1 and found and len(found[-1]) == 1 and found[-1] in CHINESE_SURNAMES:
            found[-1] += piece
        else:
            found.append(piece)
    return found


def _split_hangul(match: re.Match[str]) -> str:
    """Korean names before one "기자", without the place or desk in front."""
    names = re.split(r"[\s·ㆍ・,]+", match["names"])
    while len(names) > 1 and _NO_KOREAN_NAME.search(names[0]):
        names = names[1:]
    return "、".join(names) if all(name[0] in KOREAN_SURNAMES for name in names) else match[0]
