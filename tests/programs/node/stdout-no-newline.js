// both streams end without a newline
process.stdout.write('out');
process.stderr.write('err');
