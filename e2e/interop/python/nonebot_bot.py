"""A nonebot2 bot on adapter-qq that answers what begins with "hello". The addresses are settings of the adapter."""

import os

import nonebot
from nonebot.adapters.qq import Adapter, Bot, Event, MessageEvent

API_URL = os.environ["BOT_API_URL"]

nonebot.init(
    driver="~aiohttp",
    log_level="WARNING",
    qq_api_base=f"{API_URL}/",
    qq_auth_base=f"{API_URL}/app/getAppAccessToken",
    qq_bots=[
        {
            "id": os.environ["BOT_APPID"],
            "secret": os.environ["BOT_SECRET"],
            "intent": {
                "guilds": True,
                "guild_members": True,
                "guild_messages": True,
                "guild_message_reactions": True,
                "direct_message": True,
                "open_forum_event": True,
                "audio_live_member": True,
                "group_members": True,
                "c2c_group_at_messages": True,
                "interaction": True,
                "message_audit": True,
                "forum_event": True,
                "audio_action": True,
                "at_messages": False,
            },
        }
    ],
)
nonebot.get_driver().register_adapter(Adapter)

seen = nonebot.on(priority=1, block=False)


@seen.handle()
async def note(event: Event):
    print("event", getattr(event.__type__, "value", event.__type__), flush=True)


hello = nonebot.on_message(priority=2)


@hello.handle()
async def answer(bot: Bot, event: MessageEvent):
    text = event.get_plaintext().strip()
    if text.startswith("hello"):
        await bot.send(event, f"nonebot heard: {text}")


nonebot.run()
