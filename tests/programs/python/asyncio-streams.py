# asyncio: streams, unix sockets and subprocesses
import asyncio, sys
async def echo(reader, writer):
    writer.write((await reader.readline()).upper()); await writer.drain(); writer.close()
async def ask(pair):
    reader, writer = pair
    writer.write(b"hello\n"); print(await reader.read()); writer.close()
async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    await ask(await asyncio.open_connection(*server.sockets[0].getsockname())); server.close()
    server = await asyncio.start_unix_server(echo, "sock")
    await ask(await asyncio.open_unix_connection("sock")); server.close()
    p = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(input() * 2); raise SystemExit(4)", stdin=-1, stdout=-1)
    print(await p.communicate(b"ab\n"), p.returncode)
    p = await asyncio.create_subprocess_shell("echo err >&2; sleep 9", stderr=-1)
    print(await p.stderr.readline()); p.kill(); print(await p.wait())
    try:
        await asyncio.open_connection("127.0.0.1", 1)
    except OSError as error:
        print(error)
asyncio.run(main())
