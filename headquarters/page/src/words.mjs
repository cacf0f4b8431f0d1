// What the page says, in both languages.

export const WORDS = {
  fa: {
    dir: "rtl", name: "فارسی",
    title: "انتخابات را خودتان بررسی کنید",
    lead: "این صفحه نتیجهٔ منتشرشده را روی همین دستگاه بررسی می‌کند. به هیچ جا وصل نمی‌شود و چیزی نگه نمی‌دارد.",
    choose: "پروندهٔ election.bel یا پوشهٔ منتشرشده را برگزینید",
    file: "گزینش پرونده", folder: "گزینش پوشه", drop: "یا آن را به اینجا بکشید",
    cancel: "توقف", again: "بررسی دیگر", print: "چاپ گواهی", save: "ذخیرهٔ گواهی",
    running: "در حال بررسی", ballots: "برگهٔ رأی", remaining: "ماندهٔ زمان", seconds: "ثانیه", minutes: "دقیقه",
    right: "درست است", wrong: "نادرست است", stopped: "بررسی متوقف شد", nothing: "در این گزینش بایگانی انتخابات (‎.bel) نیست.",
    concluded: "همهٔ امضاها، اثبات‌ها و جمع‌های این بایگانی دوباره حساب شد.",
    open: "بررسی نشد: امضای دستگاه‌ها، شمارهٔ انتخابات و اینکه کارت‌ها به چه کسانی داده شده است.",
    unknowable: "هیچ بررسی نمی‌تواند نشان دهد که برگهٔ رأی همان است که رأی‌دهنده نشان کرده است.",
    find: "کد پیگیری برگهٔ خود را بجویید", found: "این برگه در بایگانی است و شمرده شد.", missing: "این برگه در بایگانی نیست.",
    fingerprint: "اثر انگشت انتخابات (φ)", told: "گفتنی", findings: "ایرادها", more: "و {count} ایراد دیگر",
    memory: "حافظهٔ این دستگاه برای این بایگانی بس نیست. آن را روی رایانهٔ دیگری بررسی کنید.",
    unreadable: "پرونده خوانده نشد. آن را دوباره برگزینید.",
    checked: "بررسی شد در", tests: "SHA-256 پرونده",
    reasons: {
      format: "پرونده دقیقاً به شکل نوشته‌شده نیست.", chain: "زنجیرهٔ رویدادها گسسته است.", incomplete: "هنوز نتیجه‌ای در آن نیست.",
      setup: "انتخابات، امانت‌داران و شناسه‌ها با هم نمی‌خوانند.", "ballot-header": "برگه‌ای از انتخاباتی دیگر است.",
      credential: "شناسهٔ برگه در فهرست نیست.", "ballot-duplicate": "برگه یا رمزی دو بار آمده است.",
      signature: "امضای یک برگه درست نیست.", "ballot-proof": "اثبات یک برگه درست نیست.", group: "نقطه‌ای بیرون از گروه است.",
      tally: "جمع رمزشده از برگه‌ها به دست نمی‌آید.", shuffle: "اثبات بُر زدن درست نیست یا بُر زدنی کم است.",
      decryption: "اثبات رمزگشایی درست نیست یا رمزگشایی‌ای کم است.", "decryption-proof": "اثبات قوی رمزگشایی درست نیست.",
      encoding: "چیزی رمزگشایی شده که هیچ‌کس رمز نکرده است.", result: "نتیجه همان نیست که رمزگشایی شد.",
      "decryption-unproven": "اثبات قوی رمزگشایی‌ها همراه نیست: چند امانت‌دار با هم می‌توانند رأیی را عوض کنند.",
      "crooked-row": "ردیف‌هایی که هیچ پایانهٔ درستی نمی‌سازد: رأی باطل.",
    },
  },
  en: {
    dir: "ltr", name: "English",
    title: "Check the election yourself",
    lead: "This page checks the published result on this device. It connects to nothing and keeps nothing.",
    choose: "Choose the file election.bel or the published folder",
    file: "Choose a file", folder: "Choose a folder", drop: "or drop it here",
    cancel: "Stop", again: "Check another one", print: "Print the certificate", save: "Save the certificate",
    running: "Checking", ballots: "ballots", remaining: "Time left", seconds: "seconds", minutes: "minutes",
    right: "Right", wrong: "Wrong", stopped: "The check was stopped", nothing: "There is no archive of an election (.bel) in this choice.",
    concluded: "All signatures, proofs and sums of this archive were computed again.",
    open: "Not checked: the signatures of devices, the election's number, and to whom cards were given.",
    unknowable: "No check can show that a ballot is what its voter marked.",
    find: "Look for your tracking code", found: "This ballot is in the archive and was counted.", missing: "This ballot is not in the archive.",
    fingerprint: "The election's fingerprint (φ)", told: "Told", findings: "Faults", more: "and {count} more faults",
    memory: "This device has too little memory for this archive. Check it on another computer.",
    unreadable: "The file cannot be read. Choose it again.",
    checked: "Checked at", tests: "SHA-256 of the file",
    reasons: {
      format: "The file is not exactly as the format has it.", chain: "The chain of events is broken.", incomplete: "There is no result in it yet.",
      setup: "Election, trustees and credentials do not fit together.", "ballot-header": "A ballot is of another election.",
      credential: "A ballot's credential is not in the list.", "ballot-duplicate": "A ballot or ciphertext is there twice.",
      signature: "A ballot's signature does not hold.", "ballot-proof": "A ballot's proof does not hold.", group: "A point is outside the group.",
      tally: "The encrypted sums do not follow from the ballots.", shuffle: "A shuffle's proof does not hold, or one is missing.",
      decryption: "A decryption's proof does not hold, or one is missing.", "decryption-proof": "A strong proof of a decryption does not hold.",
      encoding: "Something was decrypted that nobody encrypted.", result: "The result is not what was decrypted.",
      "decryption-unproven": "The strong proofs of the decryptions are not there: several trustees together could exchange a vote.",
      "crooked-row": "Rows that no honest terminal makes: invalid votes.",
    },
  },
};

const PERSIAN = "۰۱۲۳۴۵۶۷۸۹";

export const digits = (value, language) =>
  language === "fa" ? String(value).replace(/[0-9]/g, (d) => PERSIAN[d]) : String(value);
