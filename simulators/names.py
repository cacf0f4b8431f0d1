"""Persian names for fictional persons and lists, each with a Latin form for passports and English.

The names are common ones, and so their combinations may coincide with a living person's name; none is
meant. In the tables an underscore stands for the zero-width non-joiner, which no editor shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

ZWNJ = "\u200c"


@dataclass(frozen=True, slots=True)
class BilingualName:
    """Name in Persian script and in Latin letters (A to Z, hyphen, space)."""

    fa: str
    latin: str


_MALE = """
محمد Mohammad، علی Ali، حسین Hossein، حسن Hassan، رضا Reza، مهدی Mehdi، امیر Amir، احمد Ahmad
محمود Mahmoud، عباس Abbas، اکبر Akbar، اصغر Asghar، جعفر Jafar، صادق Sadegh، کاظم Kazem
موسی Mousa، جواد Javad، هادی Hadi، تقی Taghi، نقی Naghi، باقر Bagher، سجاد Sajjad، یوسف Yousef
یعقوب Yaghoub، ابراهیم Ebrahim، اسماعیل Esmaeil، داوود Davoud، سلیمان Soleyman، عیسی Isa
یحیی Yahya، زکریا Zakaria، یونس Younes، ایوب Ayyoub، الیاس Elyas، محسن Mohsen، مصطفی Mostafa
مرتضی Morteza، مجتبی Mojtaba، مسعود Masoud، سعید Saeid، حمید Hamid، وحید Vahid، مجید Majid
رشید Rashid، فرید Farid، ناصر Naser، منصور Mansour، یاسر Yaser، طاهر Taher، قادر Ghader
نادر Nader، ماهان Mahan، کامران Kamran، کامبیز Kambiz، کاوه Kaveh، کیوان Keyvan، کیان Kian
کوروش Kourosh، کیارش Kiarash، داریوش Dariush، خشایار Khashayar، اردشیر Ardeshir، شاپور Shapour
بهرام Bahram، خسرو Khosrow، هرمز Hormoz، یزدان Yazdan، فرهاد Farhad، فرزاد Farzad، فرشاد Farshad
فرامرز Faramarz، فریدون Fereydoun، فرزین Farzin، فرشید Farshid، فرهنگ Farhang، بهزاد Behzad
بهنام Behnam، بهروز Behrouz، بهمن Bahman، بهادر Bahador، بابک Babak، باربد Barbod، برزو Borzou
بیژن Bijan، پرویز Parviz، پدرام Pedram، پویا Pouya، پوریا Pouria، پیمان Peyman، پیام Payam
پژمان Pezhman، پارسا Parsa، آرش Arash، آرمان Arman، آرمین Armin، آریا Aria، آرین Arian
آرتین Artin، آبتین Abtin، آیدین Aydin، آیین Ayin، اشکان Ashkan، ارسلان Arsalan، اردلان Ardalan
افشین Afshin، امید Omid، ایرج Iraj، ایمان Iman، احسان Ehsan، اسفندیار Esfandiar، انوش Anoush
تورج Touraj، توحید Tohid، جمشید Jamshid، جهانگیر Jahangir، جلال Jalal، جمال Jamal، جلیل Jalil
حامد Hamed، حافظ Hafez، حسام Hesam، خلیل Khalil، رامین Ramin، رامتین Ramtin، رحیم Rahim
رحمان Rahman، رستم Rostam، روزبه Rouzbeh، رسول Rasoul، زال Zal، سامان Saman، سام Sam
سپهر Sepehr، سینا Sina، سیاوش Siavash، سیامک Siamak، سیروس Sirous، سهراب Sohrab، سهیل Soheil
سروش Soroush، ستار Sattar، سالار Salar، شاهین Shahin، شاهرخ Shahrokh، شایان Shayan، شهاب Shahab
شهرام Shahram، شهریار Shahriar، شهروز Shahrouz، شروین Shervin، صابر Saber، صمد Samad، عارف Aref
عرفان Erfan، علیرضا Alireza، غلامرضا Gholamreza، فواد Foad، قاسم Ghasem، کریم Karim، کمال Kamal
کیومرث Kioumars، لطیف Latif، مازیار Maziar، مانی Mani، مهران Mehran، مهرداد Mehrdad
مهرزاد Mehrzad، میلاد Milad، مهیار Mahyar، منوچهر Manouchehr، نوید Navid، نیما Nima
نریمان Nariman، هومن Houman، هوشنگ Houshang، هامون Hamoun، همایون Homayoun، محمدرضا Mohammadreza
محمدعلی Mohammadali، امیرحسین Amirhossein، امیرعلی Amirali، محمدحسین Mohammadhossein
محمدمهدی Mohammadmehdi، امیررضا Amirreza، علی_اکبر Aliakbar، علی_اصغر Aliasghar
محمدجواد Mohammadjavad، محمدصادق Mohammadsadegh، حمیدرضا Hamidreza
"""

_FEMALE = """
فاطمه Fatemeh، زهرا Zahra، مریم Maryam، معصومه Masoumeh، زینب Zeynab، رقیه Roghayeh
سکینه Sakineh، خدیجه Khadijeh، آمنه Ameneh، هاجر Hajar، سارا Sara، لیلا Leyla، سمیه Somayeh
سمیرا Samira، سمانه Samaneh، سمن Saman، سوسن Sousan، سودابه Soudabeh، سیما Sima، سیمین Simin
سپیده Sepideh، ستاره Setareh، سحر Sahar، سولماز Solmaz، سوگند Sogand، سونیا Sonia، ساناز Sanaz
ساره Sareh، سهیلا Soheila، شیرین Shirin، شیوا Shiva، شیدا Sheyda، شیما Shima، شقایق Shaghayegh
شهلا Shahla، شهره Shohreh، شهین Shahin، شهناز Shahnaz، شهرزاد Shahrzad، شکوفه Shokoufeh
شبنم Shabnam، شراره Sharareh، شادی Shadi، صبا Saba، صدف Sadaf، صنم Sanam، صدیقه Sedigheh
طاهره Tahereh، طناز Tannaz، طیبه Tayyebeh، عاطفه Atefeh، عفت Effat، عسل Asal، غزل Ghazal
غزاله Ghazaleh، فرزانه Farzaneh، فرشته Fereshteh، فریبا Fariba، فریده Farideh، فروغ Forough
فرناز Farnaz، فرنوش Farnoush، فروزان Forouzan، فهیمه Fahimeh، فائزه Faezeh، فتانه Fattaneh
کبری Kobra، کتایون Katayoun، کیانا Kiana، کیمیا Kimia، گلناز Golnaz، گلنار Golnar، گلی Goli
گیتی Giti، گیسو Gisou، گلاره Gelareh، گوهر Gowhar، لاله Laleh، لادن Ladan، لیدا Lida، لیلی Leyli
مینا Mina، مینو Minou، مهسا Mahsa، مهتاب Mahtab، مهناز Mahnaz، مهین Mahin، مهرناز Mehrnaz
مهرنوش Mehrnoush، مهری Mehri، مهشید Mahshid، مژگان Mozhgan، مژده Mozhdeh، مرضیه Marzieh
مریلا Marila، مانا Mana، ملیحه Maliheh، ملیکا Melika، منیژه Manizheh، منصوره Mansoureh
منیره Monireh، محبوبه Mahboubeh، محدثه Mohaddeseh، مائده Maedeh، نازنین Nazanin، ناهید Nahid
نادیا Nadia، نادره Nadereh، نرگس Narges، نسترن Nastaran، نسرین Nasrin، نسیم Nasim
نیلوفر Niloufar، نیکی Niki، نگار Negar، نگین Negin، ندا Neda، نوشین Noushin، نجمه Najmeh
نفیسه Nafiseh، نغمه Naghmeh، نیره Nayyereh، نورا Noura، هانیه Hanieh، هدی Hoda، هما Homa
هلیا Helia، هستی Hasti، هنگامه Hengameh، یاسمن Yasaman، یگانه Yeganeh، یلدا Yalda، یسنا Yasna
آتنا Atena، آتوسا Atousa، آذر Azar، آرزو Arezou، آزاده Azadeh، آزیتا Azita، آناهیتا Anahita
آوا Ava، آیدا Ayda، آیلین Aylin، آهو Ahou، افسانه Afsaneh، افسون Afsoun، اعظم Azam، اکرم Akram
الهام Elham، الهه Elaheh، الناز Elnaz، المیرا Elmira، اشرف Ashraf، انسیه Ensieh، ارغوان Arghavan
بهاره Bahareh، بهار Bahar، بهناز Behnaz، بنفشه Banafsheh، باران Baran، پریسا Parisa، پریا Paria
پروانه Parvaneh، پروین Parvin، پرستو Parastou، پگاه Pegah، پوپک Poupak، پوران Pouran
پونه Pouneh، ترانه Taraneh، تهمینه Tahmineh، توران Touran، تینا Tina، ثریا Sorayya، ثنا Sana
جمیله Jamileh، حمیده Hamideh، حنانه Hananeh، حدیث Hadis، خاطره Khatereh، خورشید Khorshid
دریا Darya، دنیا Donya، راحله Raheleh، رویا Roya، ریحانه Reyhaneh، رعنا Rana، روناک Rounak
روشنک Roshanak، رها Raha، زیبا Ziba، زهره Zohreh، زرین Zarrin، ژاله Zhaleh، ژیلا Zhila
ماه_منیر Mahmonir، گل_آرا Golara، ماه_گل Mahgol، مه_لقا Mahlagha، نوش_آفرین Noushafarin
"""

_FAMILY = """
محمدی Mohammadi، حسینی Hosseini، رضایی Rezaei، کریمی Karimi، جعفری Jafari، صادقی Sadeghi
کاظمی Kazemi، عباسی Abbasi، اکبری Akbari، اصغری Asghari، باقری Bagheri، قاسمی Ghasemi
ابراهیمی Ebrahimi، اسماعیلی Esmaeili، یوسفی Yousefi، یعقوبی Yaghoubi، داوودی Davoudi
سلیمانی_پور Soleymanipour، رحیمی Rahimi، رحمانی Rahmani، نعمتی Nemati، نوری Nouri، نظری Nazari
ناصری Naseri، نیکویی Nikouei، نقوی Naghavi، نصیری Nasiri، نادری Naderi، مرادی Moradi
مرتضوی_فر Mortazavifar، میرزایی Mirzaei، میری Miri، منصوری Mansouri، مقدم Moghaddam، ملکی Maleki
محبی Mohebbi، معینی Moeini، مظفری Mozaffari، مجیدی Majidi، مهرابی Mehrabi، مؤمنی Momeni
مقیمی Moghimi، متین Matin، مستوفی Mostowfi، محرابیان Mehrabian، مولایی Molaei، موحد Movahhed
مینایی Minaei، شریفی Sharifi، شجاعی Shojaei، شاکری Shakeri، شفیعی Shafiei، شکوهی Shokouhi
شهبازی Shahbazi، شهابی Shahabi، شیرازی Shirazi، شیروانی Shirvani، شعبانی Shabani، شمس Shams
شایگان Shayegan، صابری Saberi، صالحی Salehi، صفایی Safaei، صفری Safari، صمدی Samadi
صدیقی Sedighi، صرافی Sarrafi، صنعتی Sanati، ضیایی Ziaei، طاهری Taheri، طالبی Talebi
طباطبایی Tabatabaei، طهماسبی Tahmasebi، طهرانی Tehrani، ظریفی Zarifi، عزیزی Azizi، عظیمی Azimi
علوی Alavi، عابدی Abedi، عباسیان Abbasian، عطایی Ataei، عسگری Asgari، غفاری Ghaffari
غلامی Gholami، فرجی Faraji، فراهانی Farahani، فتحی Fathi، فاضلی Fazeli، فلاحی Fallahi
فرهادی Farhadi، فرهمند Farahmand، فرخی Farrokhi، فروتن Foroutan، فروزش Forouzesh، فیاضی Fayyazi
فیروزی Firouzi، فولادی Fouladi، قربانی Ghorbani، قنبری Ghanbari، قدیری Ghadiri
قهرمانی Ghahremani، قائمی Ghaemi، کاشانی Kashani، کرمانی Kermani، کیانی Kiani، کامرانی Kamrani
کاویانی Kaviani، کشاورز Keshavarz، کبیری Kabiri، کوهی Kouhi، کلانتری Kalantari، گودرزی Goudarzi
گلستانی Golestani، گلچین Golchin، گنجی_پور Ganjipour، گرامی Gerami، لطفی Lotfi، لواسانی Lavasani
وحیدی Vahidi، ولایی Valaei، وکیلی Vakili، وثوقی Vosoughi، هاشمیان Hashemian، همتیان Hemmatian
هدایتی Hedayati، همایونی Homayouni، هوشمند Houshmand، هنرمند Honarmand، یزدانی Yazdani
یاوری Yavari، یگانه Yeganeh، یاری Yari، آذری Azari، آقایی Aghaei، آریان Aryan، آزادی Azadi
آشتیانی Ashtiani، آهنگر Ahangar، آرامش Aramesh، ادیبی Adibi، احمدیان Ahmadian، اسدی Asadi
اسکندری Eskandari، اشرفی Ashrafi، افشار Afshar، افخمی Afkhami، الماسی Almasi، امینی Amini
امیری Amiri، انصاری Ansari، انوری Anvari، اوحدی Owhadi، ایزدی Izadi، ایمانی Imani
ارجمند Arjmand، اردکانی Ardakani، اعتمادی Etemadi، اعلایی Alaei، بابایی Babaei، بهرامی Bahrami
بهزادی Behzadi، بهمنی Bahmani، بختیاری Bakhtiari، برزگر Barzegar، براتی Barati، بیات Bayat
بنایی Bannaei، بیگی Beygi، بصیری Basiri، بدیعی Badiei، پارسایی Parsaei، پاکدل Pakdel
پاکزاد Pakzad، پناهی Panahi، پورمند Pourmand، پویان Pouyan، پیروز Pirouz، پیمانی Peymani
تقوی Taghavi، تبریزی Tabrizi، توکلی Tavakkoli، تهرانیان Tehranian، ترابی Torabi، توانا Tavana
تیموری Teymouri، ثابتی Sabeti، جمالی Jamali، جلالی Jalali، جهانی Jahani، جباری Jabbari
جوادی Javadi، جاویدان Javidan، چراغی Cheraghi، حاتمی Hatami، حبیبی Habibi، حقیقی Haghighi
حیدری Heydari، حمیدی Hamidi، حسامی Hesami، حکمت Hekmat، خانی Khani، خسروی Khosravi
خدادادی Khodadadi، خرسندی Khorsandi، خلیلی Khalili، خوشبخت Khoshbakht، خاکسار Khaksar
دادگر Dadgar، دانشور Daneshvar، درویشی Darvishi، دلاوری Delavari، دهقانی Dehghani
دماوندی Damavandi، ذاکری Zakeri، ربیعی_فر Rabieifar، رستگار Rastegar، رستمی Rostami
رسولی Rasouli، رشیدی Rashidi، رنجبر Ranjbar، روشن Roshan، رادمان Radman، رفیعی Rafiei
زارعی Zarei، زمانی Zamani، زنجانی Zanjani، زرگر Zargar، زاهدی Zahedi، زندی Zandi، ساسانی Sasani
سالاری Salari، سبحانی_نیا Sobhaninia، سپهری Sepehri، ستوده Sotoudeh، سجادی Sajjadi
سرمدی Sarmadi، سعیدی Saeidi، سلطانی Soltani، سمیعی Samiei، سهرابی Sohrabi، سیفی Seyfi
سرابی Sarabi، سمنانی Semnani، ژیان Zhian، نیک_پور Nikpour، نیک_نام Niknam، نیک_اندیش Nikandish
نیک_سیرت Niksirat، خوش_نویس Khoshnevis، خوش_رو Khoshrou، خوش_کام Khoshkam، پاک_نیت Pakniyat
پاک_سرشت Pakseresht، پاک_روان Pakravan، حق_شناس Haghshenas، حق_جو Haghjou، حق_پرست Haghparast
دل_آرام Delaram، دین_پرور Dinparvar، راست_گو Rastgou، سخن_ور Sokhanvar، صلح_جو Solhjou
فرهنگ_دوست Farhangdoust، کمال_آبادی Kamalabadi، مهر_آیین Mehrayin، مهر_پرور Mehrparvar
میهن_دوست Mihandoust، نام_آور Namavar، نیک_خواه Nikkhah، یزدان_پناه Yazdanpanah
یزدان_شناس Yazdanshenas، گل_محمدی Golmohammadi، شاه_حسینی Shahhosseini، جهان_بین Jahanbin
جهان_آرا Jahanara، حق_گو Haghgou، نیک_زاد Nikzad، نیک_فر Nikfar، خوش_صحبت Khoshsohbat
پیش_رو Pishrou، دانش_پژوه Daneshpazhouh
"""

_STEMS = """
حسن Hassan، حسین Hossein، علی Ali، مهدی Mehdi، کریم Karim، رحیم Rahim، تقی Taghi، نقی Naghi
صادق Sadegh، کاظم Kazem، یوسف Yousef، ابراهیم Ebrahim، اسماعیل Esmaeil، عباس Abbas، قاسم Ghasem
نبی Nabi، ملک Malek، شریف Sharif، عظیم Azim، قلی Gholi، ولی Vali، سلیم Salim، حکیم Hakim
امین Amin
"""
_ENDINGS = "زاده zadeh، پور pour، نژاد nezhad"

_PARTIES = """
فانوس Lantern؛ همسایگان شهر Neighbours of the City؛ چنار Plane Tree؛ پل طبیعت Nature Bridge
باغ راه Garden Way؛ خانه_های روشن Bright Houses؛ کوچه و کتاب Lane and Book؛ رودخانه River
آسمان آبی Blue Sky
"""


@cache
def male_names() -> tuple[BilingualName, ...]:
    """Return given names of men, all different."""
    return _table(_MALE, "،")


@cache
def female_names() -> tuple[BilingualName, ...]:
    """Return given names of women, all different."""
    return _table(_FEMALE, "،")


@cache
def family_names() -> tuple[BilingualName, ...]:
    """Return different family names; about a third are compounds with a zero-width non-joiner."""
    stems, endings = _table(_STEMS, "،"), _table(_ENDINGS, "،")
    compounds = tuple(
        BilingualName(stem.fa + ZWNJ + ending.fa, stem.latin + ending.latin)
        for stem in stems
        for ending in endings
    )
    return _table(_FAMILY, "،") + compounds


@cache
def party_names() -> tuple[BilingualName, ...]:
    """Return names of nine fictional candidate lists; the Latin form is the English name."""
    return _table(_PARTIES, "؛")


def _table(text: str, separator: str) -> tuple[BilingualName, ...]:
    entries = separator.join(text.strip().splitlines()).split(separator)
    return tuple(_entry(entry.strip()) for entry in entries)


def _entry(entry: str) -> BilingualName:
    latin_at = next(i for i, c in enumerate(entry) if "A" <= c.upper() <= "Z")
    return BilingualName(entry[:latin_at].strip().replace("_", ZWNJ), entry[latin_at:].strip())
