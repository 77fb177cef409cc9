# asyncio: tasks, groups, timeouts, queues, cancelling, an error nobody took
import asyncio, gc, signal, os
async def say(text, delay):
    await asyncio.sleep(delay); print(text); return text
async def bad():
    raise ValueError("bad")
async def main():
    loop = asyncio.get_running_loop()
    print(type(loop).__name__, await asyncio.gather(say("b", 0.02), say("a", 0.01)))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(bad()); group.create_task(say("never", 9))
    except* ValueError as errors:
        print(errors.exceptions)
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(9)
    except TimeoutError:
        print("timeout")
    print(await asyncio.to_thread(sum, [1, 2]), await loop.run_in_executor(None, len, "abc"))
    loop.add_signal_handler(signal.SIGUSR1, print, "signal"); os.kill(os.getpid(), signal.SIGUSR1); await asyncio.sleep(0.01)
    task = asyncio.create_task(bad(), name="lost"); await asyncio.sleep(0); del task; gc.collect()
asyncio.run(main())
