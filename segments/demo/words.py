# ruff: noqa: RUF001 - names in many scripts are the point
"""The words that fictional partners are named with, language by language.

A word in another script carries its Latin spelling after a slash, for the website.
"""

from dataclasses import dataclass

from partners.models import BusinessModel as Model

KINDS = (
    Model.CONTENT_REVIEWS,
    Model.SOCIAL_INFLUENCER,
    Model.LOYALTY_REWARDS,
    Model.DEAL_COUPONS,
    Model.EMAIL_NEWSLETTER,
    Model.SEARCH,
    Model.NETWORK,
    Model.OTHER,
)


@dataclass(frozen=True)
class Language:
    """Where partners of one language live, how many there are, and what they are called."""

    countries: str
    weight: int
    openings: str
    closings: str
    """A word or two for each of KINDS, comma by comma."""
    joint: str = " "

    def closings_of(self, attribute: Model | str) -> list[str]:
        """The words that end the name of a partner of this kind."""
        place = KINDS.index(Model(attribute)) if attribute else len(KINDS) - 1
        return self.closings.split(",")[place].split()


LANGUAGES = (
    Language(
        "US US US GB GB CA AU IE NZ",
        30,
        "Aurora Amber Anchor Birch Bluebell Bramble Brook Cedar Cinder Clover Cobalt Copper Coral"
        " Dapple Driftwood Ember Fern Finch Foxglove Gable Garnet Harbour Hazel Heron Honeycomb"
        " Indigo Juniper Kestrel Lantern Larch Maple Marigold Meadow Moss North Oak Orchard Otter"
        " Pebble Pine Plover Quill Raven Rowan Saffron Sparrow Thistle Tide Timber Umber Vela Violet"
        " Willow Wren Yarrow Zephyr",
        "Reviews Journal Guide Diary Notes,Creators Stories Studio,Cashback Rewards Points,Deals"
        " Coupons Vouchers,Letter Digest Weekly,Finder Compare,Media Network Partners,Collective"
        " Works",
    ),
    Language(
        "DE DE DE AT CH",
        14,
        "Ährenfeld Bärenklee Blütenweg Distel Eiche Fährmann Fünfsterne Glück Grüner Häher Höhenluft"
        " Kranich Küste Lärche Löwenzahn Möwe Mühlbach Nordlicht Öresund Quelle Röschen Säntis"
        " Schäfer Spätsommer Straßenkarte Süden Tannen Überblick Wärme Zugvögel",
        "Magazin Ratgeber,Geschichten Studio,Punkte Bonus,Schnäppchen Gutscheine,Rundbrief"
        " Wochenblatt,Vergleich Suche,Medien Netzwerk,Werkstatt",
    ),
    Language(
        "FR FR FR BE CA CH",
        9,
        "Éclair Étoile Forêt Fraîcheur Garçon Hérisson Île Jardinière Lumière Mésange Noël Œillet"
        " Olivier Pâquerette Rivière Sérénité Théâtre Tournée Verveine Zéphyr Cœur Abricot Brise",
        "Critiques Carnet,Créateurs Atelier,Fidélité Avantages,Promos Réductions,Gazette Lettre,"
        "Comparateur,Médias Réseau,Maison",
    ),
    Language(
        "ES ES MX AR CO CL",
        8,
        "Ábaco Almendra Año Brújula Camión Canción Caña Cigüeña Colibrí Limón Luciérnaga Mañana"
        " Montaña Niño Océano Otoño Pájaro Peñón Rincón Señal Tucán Vía",
        "Reseñas Revista,Creadores Historias,Puntos Ventajas,Ofertas Cupones,Boletín,Buscador,Medios"
        " Red,Taller",
    ),
    Language(
        "PT BR BR BR",
        6,
        "Açúcar Amanhã Botão Canção Coração Estação Feijão Ímã João Lição Maçã Manhã Oceânico Pão"
        " Pêssego Sabiá Sertão Verão Vovó",
        "Resenhas Guia,Criadores,Pontos,Ofertas Cupons,Boletim,Busca,Mídia Rede,Oficina",
    ),
    Language(
        "SE SE NO DK FI IS",
        6,
        "Ålesund Älvdalen Björk Blåbær Fjäril Fløyen Grønn Håp Høst Járnviður Kråke Lönn Måne Nordlys"
        " Ørn Sjö Smörblomma Þórsmörk Träd Vår",
        "Tester Guiden,Skapare,Bonus,Rabatter Tilbud,Nyhetsbrev,Søk,Media Nätverk,Verkstad",
    ),
    Language(
        "PL PL CZ SK HU RO",
        6,
        "Bażant Brzoza Čáp Dąb Gwiazda Jaskółka Kůň Łąka Měsíc Őszi Říjen Śnieg Šípek Słońce Țara Tűz"
        " Źródło Žába Żubr Wiśnia",
        "Recenzje Recenze,Twórcy Tvůrci,Punkty Body,Okazje Slevy,Listy,Porównaj,Media Sieć,Pracownia",
    ),
    Language(
        "TR TR TR CY",
        4,
        "Ağaç Bahçe Çınar Çiçek Deniz Gökyüzü Güneş Irmak Işık İğde İnci Kuğu Ördek Özgür Şafak"
        " Şeftali Uçurtma Ünal Yağmur Yıldız",
        "İnceleme Rehber,Öyküler,Puan,Fırsat İndirim,Bülten,Karşılaştır,Medya Ağı,Atölye",
    ),
    Language(
        "GR GR GR CY",
        3,
        "Ώκεανός/okeanos Αυγή/avgi Άνεμος/anemos Ελιά/elia Ήλιος/ilios Θάλασσα/thalassa Καράβι/karavi"
        " Λιμάνι/limani Μέλισσα/melissa Νησί/nisi Όστρακο/ostrako Πεύκο/pefko Φεγγάρι/fengari",
        "Κριτικές/kritikes Οδηγός/odigos,Ιστορίες/istories,Πόντοι/pontoi,Προσφορές/prosfores,Νέα/nea,"
        "Σύγκριση/sygkrisi,Δίκτυο/diktyo,Εργαστήρι/ergastiri",
    ),
    Language(
        "UA UA BG KZ RS",
        4,
        "Берізка/berizka Вітер/viter Горобина/horobyna Джерело/dzherelo Ёлка/yolka Журавель/zhuravel"
        " Зоря/zoria Калина/kalyna Лелека/leleka Місяць/misiats Обрій/obrii Північ/pivnich"
        " Світанок/svitanok Їжак/yizhak Ђердап/djerdap",
        "Огляди/ohliady Журнал/zhurnal,Історії/istorii,Бали/baly,Знижки/znyzhky,Вісник/visnyk,"
        "Пошук/poshuk,Медіа/media Мережа/merezha,Майстерня/maisternia",
    ),
    Language(
        "CN CN TW HK SG",
        4,
        "晨光/chenguang 春雨/chunyu 竹林/zhulin 海鸥/haiou 红枫/hongfeng 蓝山/lanshan 明月/mingyue"
        " 青石/qingshi 秋水/qiushui 星河/xinghe 雪松/xuesong 云雀/yunque 紫藤/ziteng",
        "测评/ceping 指南/zhinan,创作/chuangzuo,积分/jifen,优惠/youhui,周刊/zhoukan,搜索/sousuo,"
        "传媒/chuanmei 联盟/lianmeng,工坊/gongfang",
        joint="",
    ),
    Language(
        "JP JP JP",
        4,
        "あさがお/asagao カワセミ/kawasemi さくら/sakura つばめ/tsubame ひまわり/himawari"
        " ホタル/hotaru 北風/kitakaze 小川/ogawa 月見/tsukimi 波音/namioto 白樺/shirakaba 紅葉/momiji",
        "レビュー/review 手帖/techo,クリエイターズ/creators,ポイント/point,クーポン/coupon,"
        "だより/dayori,くらべ/kurabe,メディア/media ネット/net,工房/kobo",
        joint="",
    ),
    Language(
        "KR KR",
        3,
        "가온/gaon 나루/naru 다솜/dasom 단풍/danpung 별빛/byeolbit 봄날/bomnal 새벽/saebyeok"
        " 솔잎/solip 은하/eunha 하늘/haneul",
        "리뷰/review,이야기/iyagi,포인트/point,할인/harin,소식/sosik,비교/bigyo,미디어/media,공방/gongbang",
    ),
    Language(
        "AE EG SA MA JO",
        4,
        "أفق/ufuq بستان/bustan زيتون/zaytun سنبلة/sunbula شروق/shuruq صدف/sadaf غزال/ghazal فجر/fajr"
        " قمر/qamar لؤلؤ/lulu نخيل/nakhil ياسمين/yasmin",
        "مراجعات/murajaat دليل/dalil,حكايات/hikayat,نقاط/niqat,عروض/urud كوبونات/kubunat,نشرة/nashra,"
        "بحث/bahth,إعلام/ilam شبكة/shabaka,ورشة/warsha",
    ),
    Language(
        "IL IL",
        2,
        "אלון/alon גפן/gefen דרור/dror זית/zayit חצב/hatsav ירח/yareah נחל/nahal ענבר/inbar"
        " רימון/rimon שחר/shahar",
        "ביקורות/bikorot,סיפורים/sipurim,נקודות/nekudot,מבצעים/mivtsaim,עלון/alon,השוואה/hashvaa,"
        "מדיה/media,סדנה/sadna",
    ),
    Language(
        "IN IN IN",
        4,
        "आकाश/akash कमल/kamal गुलमोहर/gulmohar चंदन/chandan झरना/jharna तारा/tara नीलगिरि/nilgiri"
        " पवन/pavan बरगद/bargad मयूर/mayur सागर/sagar",
        "समीक्षा/samiksha,कहानी/kahani,अंक/ank,ऑफ़र/offer,पत्रिका/patrika,खोज/khoj,मीडिया/media,"
        "कार्यशाला/karyashala",
    ),
    Language(
        "VN VN TH",
        2,
        "Biển Cầu Đồng Gió Hươu Mưa Nắng Rừng Sông Suối Trăng Ước ดาว/dao ทะเล/thale ภูเขา/phukhao",
        "Đánh-giá,Chuyện,Điểm,Ưu-đãi,Bản-tin,Tìm,Mạng,Xưởng",
    ),
    Language(
        "GE AM",
        1,
        "ალუბალი/alubali ვარსკვლავი/varskvlavi მთვარე/mtvare ჩიტი/chiti Արև/arev Նուռ/nur Լուսին/lusin",
        "მიმოხილვა/mimokhilva,ამბები/ambebi,ქულა/kula,ფასი/pasi,ფოსტა/posta,ძებნა/dzebna,მედია/media,"
        "სახელოსნო/sakhelosno",
    ),
)

TRADES = [
    "Garden",
    "Travel",
    "Fashion",
    "Home",
    "Kitchen",
    "Tech",
    "Sports",
    "Family",
    "Beauty",
    "Books",
    "Music",
    "Pets",
    "Outdoor",
    "Student",
    "Auto",
]

FIRST_NAMES = [
    "ada",
    "amira",
    "anouk",
    "arjun",
    "beatriz",
    "bilal",
    "chidi",
    "clara",
    "dana",
    "elif",
    "emil",
    "farid",
    "greta",
    "hana",
    "ines",
    "ivo",
    "jonas",
    "kaja",
    "lena",
    "linh",
    "mateo",
    "mei",
    "nadia",
    "noor",
    "olga",
    "pavel",
    "quentin",
    "rosa",
    "sami",
    "sven",
    "tamar",
    "tomas",
    "uma",
    "vera",
    "wren",
    "yuki",
    "zofia",
]
LAST_NAMES = [
    "abara",
    "berg",
    "castro",
    "demir",
    "eriksen",
    "fontaine",
    "gruber",
    "haddad",
    "ito",
    "jansen",
    "kaya",
    "kovac",
    "lindqvist",
    "moreau",
    "muster",
    "nagy",
    "oduya",
    "papas",
    "quist",
    "rossi",
    "sato",
    "silva",
    "tran",
    "ueda",
    "varga",
    "weiss",
    "yilmaz",
    "zhang",
]
MAILBOXES = ["hello", "partners", "team", "info", "contact", "affiliate"]

LABELS = (
    "Garden bloggers",
    "Travel",
    "Fashion",
    "Tech reviews",
    "Home & living",
    "Holiday 2026",
    "New in 2026",
    "Needs a call",
    "Press",
    "Students",
    "Événements",
    "Legacy",
)
"""Groups that a few partners of every kind are in."""
GROUPS = (
    "VIP",
    "Top 100",
    "EU",
    "Nordics",
    "APAC",
    "LATAM",
    "MENA",
    "Creators",
    "Coupons",
    "Loyalty",
    "Newsletters",
    *LABELS,
    "Blocked",
)

TERMS = (
    ("Public Terms", "USD", 30),
    ("Standard 2025", "USD", 14),
    ("Standard 2026", "USD", 16),
    ("Silver 2026", "USD", 8),
    ("Gold 2025", "USD", 6),
    ("Gold 2026", "USD", 8),
    ("EU Terms", "EUR", 10),
    ("Nordic Terms", "SEK", 4),
    ("Asia Pacific Terms", "SGD", 5),
    ("Creators 2026", "EUR", 5),
    ("Cashback & Coupons", "GBP", 6),
    ("Gold 2024", "USD", 0),
)
ARCHIVED_TERM = "Gold 2024"

REGIONS = {
    "EU": "DE AT FR BE IE ES PT SE DK FI PL CZ SK HU RO GR CY BG",
    "Nordics": "SE NO DK FI IS",
    "APAC": "CN TW HK SG JP KR IN VN TH AU NZ",
    "LATAM": "MX AR CO CL BR",
    "MENA": "AE EG SA MA JO IL TR",
}
GROUPS_OF_KINDS: dict[str, str] = {
    Model.SOCIAL_INFLUENCER: "Creators",
    Model.DEAL_COUPONS: "Coupons",
    Model.LOYALTY_REWARDS: "Loyalty",
    Model.EMAIL_NEWSLETTER: "Newsletters",
}
