# asyncio reads standard input and writes standard output as pipes
# stdin: one\ntwo\n
import asyncio, sys
async def main():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    try:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        print(await reader.read())
    except ValueError as error:
        print(error)
    transport, protocol = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout)
    transport.write(b"by the transport\n"); transport.close()
asyncio.run(main())
