// Intl: locales, zones, formats, collation, segments, and Date
// env: TZ=Europe/Berlin
console.log(Intl.DateTimeFormat().resolvedOptions().timeZone, Intl.DateTimeFormat().resolvedOptions().locale, process.versions.icu.length > 0, process.versions.unicode, new Date(0).toString(), new Date(2024, 6, 1).getTimezoneOffset());
console.log(new Intl.NumberFormat('de', { style: 'currency', currency: 'EUR' }).format(1234.5), (1234.5).toLocaleString(), new Date(0).toLocaleString('ja-JP', { timeZone: 'UTC' }), ['z', 'ä', 'a'].sort(new Intl.Collator('sv').compare), new Date(0).toLocaleDateString());
console.log(new Intl.PluralRules('ar').select(3), new Intl.RelativeTimeFormat('fr').format(-1, 'day'), new Intl.ListFormat('en').format(['a', 'b', 'c']), [...new Intl.Segmenter('en').segment('e\u0301🇩🇪')].length, new Intl.DisplayNames('es', { type: 'region' }).of('JP'), 'I'.toLocaleLowerCase('tr'), Intl.supportedValuesOf('timeZone').length > 400);
try { new Intl.DateTimeFormat('en', { timeZone: 'No/Where' }); } catch (e) { console.log(e.message); }
console.log(typeof Temporal, typeof Iterator, typeof Float16Array, Date.parse('2024-02-30'), new Date('x').getTime(), Intl.getCanonicalLocales('EN-us'));
