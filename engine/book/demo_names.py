"""Names, people, streets and telephone numbers for the demo book, composed from tables of words.

Comes in: a random generator and a country. Goes out: text that looks right and belongs to nobody.
Know before changing: no real company may come out of these tables; numbers and domains are of ranges reserved for fiction
where a country has such. A change of a table changes every demo book.
"""

import random

_COMPANIES = {
    "DE": (("Albers", "Birkholz", "Castell", "Dornbusch", "Ehrling", "Falkenau", "Grothe", "Hassloch", "Isenbeck",
            "Jordanus", "Kaltwasser", "Lohrmann", "Meerkamp", "Niedermoos", "Ostrau", "Pfannberg"),
           ("Werkzeugbau", "Logistik", "Fördertechnik", "Verpackung", "Elektrohandel", "Metallbau", "Großhandel"),
           ("GmbH", "AG", "GmbH & Co. KG", "KG", "e.K.")),
    "US": (("Ashgrove", "Bluewater Bend", "Cobbler Ridge", "Dunmore", "Elkhollow", "Fairlane", "Granite Fork",
            "Harrowgate", "Ironwood", "Juniper Flats", "Kettle Creek", "Larkfield", "Millbrook", "Northvale"),
           ("Industrial", "Supply", "Packaging", "Controls", "Fasteners", "Distribution", "Machine Works"),
           ("Inc.", "LLC", "Corp.", "Co.")),
    "CN": (("安澜", "博远", "昌泽", "鼎岳", "恩沛", "富川", "广麓", "海岑", "金陌", "凯澄", "朗屿", "明湖"),
           ("机械", "电子", "包装材料", "自动化设备", "贸易", "五金制品"),
           ("有限公司", "股份有限公司", "科技有限公司")),
    "JP": (("Kitahama", "Shirasawa", "Tomigaoka", "Asagiri", "Minowa", "Hirukawa"),
           ("Seiki", "Denki", "Kako", "Shoji", "Kogyo"), ("K.K.", "Co., Ltd.")),
}
_PEOPLE = {
    "DE": (("Anke", "Bernd", "Claudia", "Dirk", "Eva", "Frank"), ("Brandt", "Ebert", "Jansen", "Kruse", "Seidel")),
    "US": (("Alice", "Brian", "Dana", "Erin", "Marcus", "Paula"), ("Bishop", "Doyle", "Hanley", "Reyes", "Whitt")),
    "CN": (("伟", "芳", "敏", "静", "磊", "婷"), ("王", "李", "张", "陈", "赵")),
    "JP": (("Haruka", "Kenji", "Naomi", "Takumi"), ("Ishida", "Morita", "Okabe", "Sugaya")),
}
_STREETS = {
    "DE": ("Am Alten Hafen {n}, 20457 Hamburg", "Lindenweg {n}, 70565 Stuttgart", "Industriestr. {n}, 90441 Nürnberg"),
    "US": ("{n} Quarry Road, Dayton, OH 45402", "{n} Mill Street, Portland, OR 97209", "{n} Canal Ave, Tampa, FL 33602"),
    "CN": ("上海市松江区新桥路{n}号", "苏州市工业园区星湖街{n}号", "深圳市宝安区留仙大道{n}号"),
    "JP": ("{n}-4 Minato, Nagoya 455-0033", "{n}-1 Kita, Osaka 530-0012"),
}
_PHONES = {"DE": "+49 30 23125 {n:03d}", "US": "+1 614 555 01{n:02d}", "CN": "+86 21 5550 {n:04d}",
           "JP": "+81 52 5550 {n:04d}"}


def company(rng: random.Random, country: str) -> str:
    """A company's name of words that fit the country."""
    words = [rng.choice(table) for table in _COMPANIES[country]]
    return ("" if country == "CN" else " ").join(words)


def person(rng: random.Random, country: str) -> str:
    """A person's name, in the country's order."""
    first, last = (rng.choice(names) for names in _PEOPLE[country])
    return f"{last}{first}" if country == "CN" else f"{first} {last}"


def street(rng: random.Random, country: str) -> str:
    """A postal address."""
    return rng.choice(_STREETS[country]).format(n=rng.randint(2, 180))


def phone(rng: random.Random, country: str) -> str:
    """A telephone number."""
    return _PHONES[country].format(n=rng.randint(0, 99))
