"""A botpy bot that answers what begins with "hello"."""

import logging
import os
from urllib.parse import urlsplit

import botpy
from botpy.http import Route
from botpy.robot import Token

API_URL = urlsplit(os.environ["BOT_API_URL"])

# The REST host is a class attribute, and the gateway's address comes from it.
Route.SCHEME = API_URL.scheme
Route.DOMAIN = API_URL.netloc

# The token address is written into one function of botpy: the text is changed there, and nothing else of the function.
TOKEN_URL = "https://bots.qq.com/app/getAppAccessToken"
code = Token.update_access_token.__code__
if TOKEN_URL not in code.co_consts:
    raise SystemExit(f"this botpy asks another address than {TOKEN_URL} for its token")
Token.update_access_token.__code__ = code.replace(
    co_consts=tuple(f"{API_URL.geturl()}/app/getAppAccessToken" if c == TOKEN_URL else c for c in code.co_consts)
)


class Hello(botpy.Client):
    def ws_dispatch(self, event, *args, **kwargs):
        print("event", event.upper(), flush=True)
        super().ws_dispatch(event, *args, **kwargs)

    async def on_at_message_create(self, message):
        await self.answer(message)

    async def on_direct_message_create(self, message):
        await self.answer(message)

    async def on_group_at_message_create(self, message):
        await self.answer(message)

    async def on_c2c_message_create(self, message):
        await self.answer(message)

    async def answer(self, message):
        text = message.content.split(">")[-1].strip()
        if text.startswith("hello"):
            await message.reply(content=f"botpy heard: {text}")


# All, but each message of a channel once: those that mention the bot.
intents = botpy.Intents.all()
intents.public_guild_messages = True
intents.guild_messages = False
bot = Hello(intents=intents, log_level=logging.WARNING, ext_handlers=False)
bot.run(appid=os.environ["BOT_APPID"], secret=os.environ["BOT_SECRET"])
