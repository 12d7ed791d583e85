"""Text environments as Gymnasium environments; importing this package registers them."""

from gymnasium.envs.registration import register

register(id="lfm/ALFWorld-v0", entry_point="envs.alfworld.env:ALFWorldEnv")
register(id="lfm/ScienceWorld-v0", entry_point="envs.scienceworld.env:ScienceWorldEnv")
register(id="lfm/Touchdown-v0", entry_point="envs.touchdown.env:TouchdownEnv")
